; The running program is asked to end, and waited for: it hangs nobody up, and signs off.

!macro ENDING un
; Ends the program in the folder $0, or else this process. Sets $WasRunning where it has ended.
; An administrator starts nothing from a folder where anybody may have put it: it has to be $Earlier.
Function ${un}EndProgram
  ${IfNot} ${FileExists} "$0\callctrl.exe"
    Return
  ${EndIf}
  ${If} $AllUsers == 0
  ${OrIf} $0 == $Earlier
    nsExec::Exec /TIMEOUT=60000 '"$0\callctrl.exe" quit' ; returns when the program has gone
    Pop $1
    ${If} $1 == 0
      StrCpy $WasRunning 1
    ${EndIf}
  ${EndIf}
  ${Do}
    StrCpy $2 0
    ${Do}
      Call ${un}IsFree
      ${If} $1 == 1
        Return
      ${EndIf}
      Sleep 250
      IntOp $2 $2 + 1
    ${LoopUntil} $2 = 40 ; ten seconds
    ; Another user's program, or one with a profile of its own: these hear nothing of us.
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(FilesInUse)" /SD IDCANCEL IDRETRY +3
      SetErrorLevel ${EXIT_FILES_IN_USE}
      Quit
  ${Loop}
FunctionEnd

; Whether neither program in the folder $0 runs: Windows lets nobody write to one that does.
Function ${un}IsFree
  StrCpy $1 1
  ClearErrors
  FileOpen $3 "$0\callctrl.exe" a
  ${If} ${Errors}
    StrCpy $1 0
  ${EndIf}
  FileClose $3
  ${If} ${FileExists} "$0\${PRODUCT}.exe"
    ClearErrors
    FileOpen $3 "$0\${PRODUCT}.exe" a
    ${If} ${Errors}
      StrCpy $1 0
    ${EndIf}
    FileClose $3
  ${EndIf}
FunctionEnd
!macroend

!insertmacro ENDING ""
!insertmacro ENDING "un."
