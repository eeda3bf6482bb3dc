; What Windows is told: the same keys as callctrl/system writes, below HKLM where it is for all users
; (SHCTX is the one or the other). Each Add stands beside its Remove.

!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${PRODUCT}"
!define LINK_CLASS "CallCtrl.Link"
!define LINK_KEY "Software\Classes\${LINK_CLASS}"
!define CAPABILITIES_KEY "Software\${PRODUCT}\Capabilities"
!define REGISTERED_KEY "Software\RegisteredApplications"

Function RegisterProgram
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "${PRODUCT}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${PRODUCT}.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "${PUBLISHER}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  SectionGetSize ${Program} $0
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" $0
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
FunctionEnd

Function AddAutostart
  Call HasAutostart
  ${If} $1 == 1
  ${AndIf} $Earlier == $INSTDIR
    Return ; as it is: the preferences tell whether minimized
  ${EndIf}
  WriteRegStr SHCTX "${RUN_KEY}" "${PRODUCT}" '"$INSTDIR\${PRODUCT}.exe" --minimized'
FunctionEnd

; Offered in Windows' settings and where a link finds no program; taking over is for the user.
Function AddLinks
  WriteRegStr SHCTX "${LINK_KEY}" "" "${PRODUCT}"
  WriteRegStr SHCTX "${LINK_KEY}" "URL Protocol" ""
  WriteRegStr SHCTX "${LINK_KEY}\Application" "ApplicationName" "${PRODUCT}"
  WriteRegStr SHCTX "${LINK_KEY}\DefaultIcon" "" '"$INSTDIR\${PRODUCT}.exe",0'
  WriteRegStr SHCTX "${LINK_KEY}\shell\open\command" "" '"$INSTDIR\${PRODUCT}.exe" dial -- "%1"'
  WriteRegStr SHCTX "${CAPABILITIES_KEY}" "ApplicationName" "${PRODUCT}"
  WriteRegStr SHCTX "${CAPABILITIES_KEY}" "ApplicationDescription" "$(LinksDescription)"
  WriteRegStr SHCTX "${CAPABILITIES_KEY}\URLAssociations" "tel" "${LINK_CLASS}"
  WriteRegStr SHCTX "${CAPABILITIES_KEY}\URLAssociations" "sip" "${LINK_CLASS}"
  WriteRegStr SHCTX "${CAPABILITIES_KEY}\URLAssociations" "callto" "${LINK_CLASS}"
  WriteRegStr SHCTX "${REGISTERED_KEY}" "${PRODUCT}" "${CAPABILITIES_KEY}"
  Call AssociationsChanged
FunctionEnd

; Not in a public network: there is no phone system. Both programs listen (callctrl.exe: watch).
Function AddFirewallRules
  Call RemoveFirewallRules
  StrCpy $1 "${PRODUCT}.exe"
  Call AddFirewallRule
  StrCpy $1 "callctrl.exe"
  Call AddFirewallRule
FunctionEnd

Function AddFirewallRule
  nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall add rule name="${PRODUCT}" dir=in action=allow \
    protocol=UDP profile=domain,private program="$INSTDIR\$1"'
  Pop $0
  ${If} $0 != 0
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(FirewallFailed)" /SD IDOK
  ${EndIf}
FunctionEnd

!macro REMOVALS un
; Whether $0, a command line, starts our program: ours is what lies in our folder, now or before.
Function ${un}IsOurs
  StrLen $1 '"$INSTDIR\'
  StrCpy $1 $0 $1
  ${If} $1 == '"$INSTDIR\'
    StrCpy $1 1
    Return
  ${EndIf}
  StrLen $1 '"$Earlier\'
  StrCpy $1 $0 $1
  ${If} $1 == '"$Earlier\'
  ${AndIf} $Earlier != ""
    StrCpy $1 1
  ${Else}
    StrCpy $1 0
  ${EndIf}
FunctionEnd

Function ${un}HasAutostart
  ReadRegStr $0 SHCTX "${RUN_KEY}" "${PRODUCT}"
  Call ${un}IsOurs
FunctionEnd

Function ${un}HasLinks
  ReadRegStr $0 SHCTX "${LINK_KEY}\shell\open\command" ""
  Call ${un}IsOurs
FunctionEnd

Function ${un}RemoveAutostart
  Call ${un}HasAutostart
  ${If} $1 == 1
    DeleteRegValue SHCTX "${RUN_KEY}" "${PRODUCT}"
    DeleteRegValue SHCTX "${APPROVED_KEY}" "${PRODUCT}" ; what Task Manager says of it
  ${EndIf}
FunctionEnd

Function ${un}RemoveLinks
  Call ${un}HasLinks
  ${If} $1 == 1
    DeleteRegValue SHCTX "${REGISTERED_KEY}" "${PRODUCT}"
    DeleteRegKey SHCTX "${CAPABILITIES_KEY}"
    DeleteRegKey /ifempty SHCTX "Software\${PRODUCT}"
    DeleteRegKey SHCTX "${LINK_KEY}"
    Call ${un}AssociationsChanged
  ${EndIf}
FunctionEnd

Function ${un}AssociationsChanged
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; SHCNE_ASSOCCHANGED
FunctionEnd

; By their name: also those that Windows has made when it asked a user.
Function ${un}RemoveFirewallRules
  nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name="${PRODUCT}"'
  Pop $0 ; 1 where there was none
FunctionEnd
!macroend

!insertmacro REMOVALS ""
!insertmacro REMOVALS "un."
