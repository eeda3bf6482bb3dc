; What is wished, by the command line, by what was wished before, or on the pages.

Var Parameters ; the command line, without /D=
Var Folder ; what /D= says, or nothing
Var ScopeGiven ; 1: for whom is settled, and not to be asked
Var UserButton
Var AllUsersButton

Function ReadOptions
  StrCpy $WasRunning 0
  StrCpy $Folder ""
  ${If} $INSTDIR != "\${PRODUCT}"
    StrCpy $Folder $INSTDIR
  ${EndIf}
  ${GetParameters} $Parameters
  StrCpy $AllUsers 0
  StrCpy $ScopeGiven 1
  ClearErrors
  ${GetOptions} $Parameters "/ALLUSERS" $0
  ${IfNot} ${Errors}
    StrCpy $AllUsers 1
  ${Else}
    ClearErrors
    ${GetOptions} $Parameters "/CURRENTUSER" $0
    ${If} ${Errors}
      ReadRegStr $0 HKLM "${UNINSTALL_KEY}" "InstallLocation"
      ${If} $0 != "" ; there it is looked after already
        StrCpy $AllUsers 1
      ${EndIf}
      ${IfNot} ${Silent}
        StrCpy $ScopeGiven 0
      ${EndIf}
    ${EndIf}
  ${EndIf}
  ${If} $ScopeGiven == 1
    ${If} $AllUsers == 1
      Call BeAdministrator
    ${EndIf}
    Call UseScope
    Call AgreeToDowngrade
    ${If} $0 != 1
      SetErrorLevel ${EXIT_NEWER_INSTALLED}
      Quit
    ${EndIf}
  ${EndIf}
FunctionEnd

!macro SELECT section wished
  ${If} ${wished} == 1
    !insertmacro SelectSection ${section}
  ${Else}
    !insertmacro UnselectSection ${section}
  ${EndIf}
!macroend

!macro READ_SWITCH name section
  ClearErrors
  ${GetOptions} $Parameters "/${name}=" $1
  ${IfNot} ${Errors}
    ${If} $1 != 0
    ${AndIf} $1 != 1
      MessageBox MB_OK|MB_ICONSTOP "$(WrongOption)" /SD IDOK
      SetErrorLevel ${EXIT_WRONG_OPTION}
      Quit
    ${EndIf}
    !insertmacro SELECT ${section} $1
  ${EndIf}
!macroend

; Looks at what is installed for $AllUsers, and sets out what is to be done.
Function UseScope
  ${If} $AllUsers == 1
    SetShellVarContext all
  ${Else}
    SetShellVarContext current
  ${EndIf}
  ReadRegStr $Earlier SHCTX "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $Folder != ""
    StrCpy $INSTDIR $Folder
  ${ElseIf} $Earlier != ""
    StrCpy $INSTDIR $Earlier
  ${ElseIf} $AllUsers == 1
    StrCpy $INSTDIR "$PROGRAMFILES64\${PRODUCT}"
  ${Else}
    StrCpy $INSTDIR "$LOCALAPPDATA\Programs\${PRODUCT}"
  ${EndIf}

  ${If} $Earlier != ""
    Call HasAutostart
    !insertmacro SELECT ${Autostart} $1
    Call HasLinks
    !insertmacro SELECT ${Links} $1
    StrCpy $1 0
    ${If} ${FileExists} "$DESKTOP\${PRODUCT}.lnk"
      StrCpy $1 1
    ${EndIf}
    !insertmacro SELECT ${Desktop} $1
  ${EndIf}
  !insertmacro SELECT ${Firewall} $AllUsers
  !insertmacro READ_SWITCH "AUTOSTART" ${Autostart}
  !insertmacro READ_SWITCH "LINKS" ${Links}
  !insertmacro READ_SWITCH "DESKTOP" ${Desktop}
  ${If} $AllUsers == 1
    !insertmacro READ_SWITCH "FIREWALL" ${Firewall}
  ${EndIf}
FunctionEnd

; Sets $0 to 1 where what is installed may be replaced. An older program may not know how to read
; the databases of a newer one, so nobody goes back unawares.
Function AgreeToDowngrade
  StrCpy $0 1
  ReadRegStr $1 SHCTX "${UNINSTALL_KEY}" "DisplayVersion"
  ${If} $1 == ""
    Return
  ${EndIf}
  ${VersionCompare} $1 "${VERSION}" $2
  ${If} $2 != 1
    Return
  ${EndIf}
  ClearErrors
  ${GetOptions} $Parameters "/DOWNGRADE" $2
  ${If} ${Errors}
    MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "$(NewerInstalled)" /SD IDNO IDYES +2
      StrCpy $0 0
  ${EndIf}
FunctionEnd

; Ends this process where it has no administrator's rights; another one is started that asks for them.
!macro ADMINISTRATOR un program
Function ${un}BeAdministrator
  UserInfo::GetAccountType
  Pop $0
  ${If} $0 == "Admin"
    Return
  ${EndIf}
  ${If} ${Silent}
    SetErrorLevel ${EXIT_NOT_ADMINISTRATOR}
    Quit
  ${EndIf}
  ${${un}GetParameters} $1
  !if "${un}" == ""
    StrCpy $1 "/ALLUSERS $1"
    ${If} $Folder != ""
      StrCpy $1 "$1 /D=$Folder" ; has to be the last
    ${EndIf}
  !endif
  ClearErrors
  ExecShell "runas" "${program}" "$1"
  ${If} ${Errors}
    SetErrorLevel ${EXIT_NOT_ADMINISTRATOR}
  ${EndIf}
  Quit
FunctionEnd
!macroend

!insertmacro ADMINISTRATOR "" "$EXEPATH"
!insertmacro ADMINISTRATOR "un." "$INSTDIR\uninstall.exe"

; --- The page that asks for whom ------------------------------------------------------------------

Function ShowScopePage
  ${If} $ScopeGiven == 1
    Abort
  ${EndIf}
  !insertmacro MUI_HEADER_TEXT "$(ScopeTitle)" "$(ScopeSubtitle)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateRadioButton} 0 0 100% 12u "$(ScopeUser)"
  Pop $UserButton
  ${NSD_CreateLabel} 12u 14u -12u 24u "$(ScopeUserText)"
  Pop $0
  ${NSD_CreateRadioButton} 0 46u 100% 12u "$(ScopeAllUsers)"
  Pop $AllUsersButton
  ${NSD_CreateLabel} 12u 60u -12u 24u "$(ScopeAllUsersText)"
  Pop $0
  ${If} $AllUsers == 1
    ${NSD_Check} $AllUsersButton
  ${Else}
    ${NSD_Check} $UserButton
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function LeaveScopePage
  ${NSD_GetState} $AllUsersButton $AllUsers
  ${If} $AllUsers == 1
    Call BeAdministrator
  ${EndIf}
  Call UseScope
  Call AgreeToDowngrade
  ${If} $0 != 1
    Abort ; stay here
  ${EndIf}
FunctionEnd

; A firewall rule is an administrator's; for one user there is none to choose.
Function ShowFirewallChoice
  ${If} $AllUsers == 1
    SectionSetText ${Firewall} "$(FirewallSection)"
  ${Else}
    SectionSetText ${Firewall} ""
  ${EndIf}
FunctionEnd
