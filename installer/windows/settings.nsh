; Settings, people, history and passwords of the user who uninstalls: kept unless told otherwise.
; The administrator's policy file stays in any case.

Var RemoveSettings ; 1 where they are to go
Var RemoveSettingsBox

Function un.ReadSettingsOption
  StrCpy $RemoveSettings 0
  ${un.GetParameters} $0
  ClearErrors
  ${un.GetOptions} $0 "/SETTINGS=" $1
  ${If} ${Errors}
    Return
  ${EndIf}
  ${If} $1 != 0
  ${AndIf} $1 != 1
    MessageBox MB_OK|MB_ICONSTOP "$(WrongOption)" /SD IDOK
    SetErrorLevel ${EXIT_WRONG_OPTION}
    Quit
  ${EndIf}
  StrCpy $RemoveSettings $1
FunctionEnd

Function un.ShowSettingsPage
  !insertmacro MUI_HEADER_TEXT "$(UninstallTitle)" "$(UninstallSubtitle)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 24u "$(UninstallText)"
  Pop $0
  ${NSD_CreateCheckbox} 0 32u 100% 12u "$(SettingsBox)"
  Pop $RemoveSettingsBox
  ${NSD_SetState} $RemoveSettingsBox $RemoveSettings
  ${NSD_CreateLabel} 12u 46u -12u 48u "$(SettingsText)"
  Pop $0
  nsDialogs::Show
FunctionEnd

Function un.LeaveSettingsPage
  ${NSD_GetState} $RemoveSettingsBox $RemoveSettings
FunctionEnd

Function un.RemoveSettings
  ${If} $RemoveSettings == 1
    SetShellVarContext current ; for all users, LOCALAPPDATA would be the policy's ProgramData
    RMDir /r "$LOCALAPPDATA\callctrl" ; callctrl/store/paths.py: settings, databases, logs
    Call un.RemovePasswords
    ${If} $AllUsers == 1
      SetShellVarContext all
    ${EndIf}
  ${EndIf}
FunctionEnd

; Out of Windows' credential store, under the names of callctrl/store/passwords.py.
Function un.RemovePasswords
  System::Call 'advapi32::CredEnumerateW(w "callctrl:*", i 0, *i .r1, *p .r2) i .r0'
  ${If} $0 == 0 ; none there
    Return
  ${EndIf}
  StrCpy $3 0
  ${While} $3 < $1
    IntOp $4 $3 * ${NSIS_PTR_SIZE}
    IntPtrOp $4 $2 + $4
    System::Call '*$4(p .r5)'
    System::Call '*$5(i, i .r6, w .r7)' ; CREDENTIALW: Flags, Type, TargetName
    System::Call 'advapi32::CredDeleteW(w r7, i r6, i 0)'
    IntOp $3 $3 + 1
  ${EndWhile}
  System::Call 'advapi32::CredFree(p r2)'
FunctionEnd
