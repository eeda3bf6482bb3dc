; The installer for Windows. build.py calls makensis on it with
;   GENERATED  the folder of defines.nsh, install.nsh, uninstall.nsh and pictures, which it has written
;   OUT        the installer to write
;   QUICK      where set: compress quickly instead of well
;   SIGN       where set: the command that signs the uninstaller, the file's name following it
; docs/decisions/0030 tells what goes where for one user and for all, and what is kept.

Target amd64-unicode ; a 64-bit program: a 32-bit Windows refuses to start it
!ifdef QUICK
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
!endif

!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "WinVer.nsh"
!include "WordFunc.nsh"
!include "Sections.nsh"
!include "nsDialogs.nsh"
!include "MUI2.nsh"
!include "${GENERATED}/defines.nsh"

Name "${PRODUCT}"
OutFile "${OUT}"
BrandingText "${PRODUCT} ${VERSION}"
RequestExecutionLevel user ; who installs for all users is asked then, and not before
ManifestDPIAware true
AllowSkipFiles off ; half an installation is none
InstallDir "\${PRODUCT}" ; stands for: no /D=; the last part follows what is browsed to
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${VERSION_QUAD}"
VIFileVersion "${VERSION_QUAD}"
VIAddVersionKey "ProductName" "${PRODUCT}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${PRODUCT} Setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "${COPYRIGHT}"

!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

; What the exit code says; the README lists them, too.
!define EXIT_FILES_IN_USE 3
!define EXIT_WINDOWS_TOO_OLD 4
!define EXIT_NOT_ADMINISTRATOR 5
!define EXIT_WRONG_OPTION 6
!define EXIT_NEWER_INSTALLED 7

Var AllUsers ; 1: for all users of the PC; 0: for this user
Var Earlier ; the folder of what is installed already in the same place, or nothing
Var WasRunning ; 1: the program was asked to end, and did

!define MUI_ICON "${GENERATED}/callctrl.ico"
!define MUI_UNICON "${GENERATED}/callctrl.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${GENERATED}/picture.bmp"
!define MUI_WELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION StartProgram

Page custom ShowScopePage LeaveScopePage
!define MUI_PAGE_CUSTOMFUNCTION_PRE ShowFirewallChoice
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
UninstPage custom un.ShowSettingsPage un.LeaveSettingsPage
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"
!include "texts.nsh"

; --- What is installed ----------------------------------------------------------------------------

Section "!$(ProgramSection)" Program
  SectionIn RO
  ${If} $Earlier != ""
    StrCpy $0 $Earlier
    Call EndProgram
    Call RemoveEarlierFiles
  ${EndIf}
  StrCpy $0 $INSTDIR ; a program without a word in the registry may lie and run there, too
  Call EndProgram
  !include "${GENERATED}/install.nsh"
  SetOutPath "$INSTDIR"
  File "../../docs/policy.md"
  WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

; What is wished. The last section does it, since a wish that is gone has to be undone.
Section /o "$(AutostartSection)" Autostart
SectionEnd

Section "$(LinksSection)" Links
SectionEnd

Section /o "$(DesktopSection)" Desktop
SectionEnd

Section "$(FirewallSection)" Firewall
SectionEnd

!include "registration.nsh"
!include "running.nsh"
!include "settings.nsh"
!include "options.nsh"

Section "-Register"
  Call RegisterProgram
  CreateShortcut "$SMPROGRAMS\${PRODUCT}.lnk" "$INSTDIR\${PRODUCT}.exe"
  ${If} ${SectionIsSelected} ${Autostart}
    Call AddAutostart
  ${Else}
    Call RemoveAutostart
  ${EndIf}
  ${If} ${SectionIsSelected} ${Links}
    Call AddLinks
  ${Else}
    Call RemoveLinks
  ${EndIf}
  ${If} ${SectionIsSelected} ${Desktop}
    CreateShortcut "$DESKTOP\${PRODUCT}.lnk" "$INSTDIR\${PRODUCT}.exe"
  ${Else}
    Delete "$DESKTOP\${PRODUCT}.lnk"
  ${EndIf}
  ${If} ${SectionIsSelected} ${Firewall}
    Call AddFirewallRules
  ${ElseIf} $AllUsers == 1
    Call RemoveFirewallRules
  ${EndIf}
  ${If} ${Silent}
  ${AndIf} $WasRunning == 1
    Call StartProgram
  ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${Program} "$(ProgramText)"
  !insertmacro MUI_DESCRIPTION_TEXT ${Autostart} "$(AutostartText)"
  !insertmacro MUI_DESCRIPTION_TEXT ${Links} "$(LinksText)"
  !insertmacro MUI_DESCRIPTION_TEXT ${Desktop} "$(DesktopText)"
  !insertmacro MUI_DESCRIPTION_TEXT ${Firewall} "$(FirewallText)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(WindowsTooOld)" /SD IDOK
    SetErrorLevel ${EXIT_WINDOWS_TOO_OLD}
    Quit
  ${EndIf}
  Call ReadOptions
FunctionEnd

Function StartProgram
  ${If} $AllUsers == 1
    ; By the desktop's Explorer: with the rights of its user, not with ours.
    Exec '"$WINDIR\explorer.exe" "$INSTDIR\${PRODUCT}.exe"'
  ${ElseIf} ${Silent}
    Exec '"$INSTDIR\${PRODUCT}.exe" --minimized'
  ${Else}
    Exec '"$INSTDIR\${PRODUCT}.exe"'
  ${EndIf}
FunctionEnd

; Its own uninstaller knows which files an earlier version has put there. It keeps what is wished.
Function RemoveEarlierFiles
  ${If} ${FileExists} "$Earlier\uninstall.exe"
    ExecWait '"$Earlier\uninstall.exe" /S /UPGRADE _?=$Earlier' $0
    ${If} $0 != 0
      MessageBox MB_OK|MB_ICONSTOP "$(EarlierStays)" /SD IDOK
      SetErrorLevel $0
      Quit
    ${EndIf}
    ${For} $0 1 50 ; Windows may hold it a moment longer
      Delete "$Earlier\uninstall.exe"
      ${IfNot} ${FileExists} "$Earlier\uninstall.exe"
        ${ExitFor}
      ${EndIf}
      Sleep 100
    ${Next}
    RMDir "$Earlier"
  ${EndIf}
FunctionEnd

; --- And how it goes again ------------------------------------------------------------------------

Section "Uninstall"
  StrCpy $0 $INSTDIR
  Call un.EndProgram
  Delete "$INSTDIR\policy.md"
  ${un.GetParameters} $1
  ClearErrors
  ${un.GetOptions} $1 "/UPGRADE" $2
  ${IfNot} ${Errors}
    !include "${GENERATED}/uninstall.nsh"
  ${Else}
    Call un.RemoveAutostart
    Call un.RemoveLinks
    Delete "$SMPROGRAMS\${PRODUCT}.lnk"
    Delete "$DESKTOP\${PRODUCT}.lnk"
    ${If} $AllUsers == 1
      Call un.RemoveFirewallRules
      SetShellVarContext current ; what this user has switched on in the preferences
      Call un.RemoveAutostart
      Call un.RemoveLinks
      SetShellVarContext all
    ${EndIf}
    Call un.RemoveSettings
    !include "${GENERATED}/uninstall.nsh"
    Delete "$INSTDIR\uninstall.exe"
    SetOutPath "$TEMP" ; nobody deletes the folder he stands in
    RMDir "$INSTDIR"
    DeleteRegKey SHCTX "${UNINSTALL_KEY}"
  ${EndIf}
SectionEnd

Function un.onInit
  StrCpy $AllUsers 0
  StrCpy $Earlier $INSTDIR
  ReadRegStr $0 HKLM "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $0 == $INSTDIR
    StrCpy $AllUsers 1
    SetShellVarContext all
    Call un.BeAdministrator
  ${EndIf}
  Call un.ReadSettingsOption
FunctionEnd
