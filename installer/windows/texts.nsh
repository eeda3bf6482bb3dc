; All that people read, in English. Another language is another file like this one.

!macro TEXT name text
  LangString ${name} ${LANG_ENGLISH} "${text}"
!macroend
!define Text "!insertmacro TEXT"

${Text} ProgramSection "${PRODUCT}"
${Text} ProgramText "The program, and its entry in the Start menu."
${Text} AutostartSection "Start with Windows"
${Text} AutostartText "Starts in the notification area when somebody signs in."
${Text} LinksSection "Open telephone links"
${Text} LinksText "Offers the program for tel:, sip: and callto: links. Windows asks before it uses it."
${Text} LinksDescription "Answer, hold, divert and dial on the desk phone beside you"
${Text} DesktopSection "Shortcut on the desktop"
${Text} DesktopText "One more way to start the program."
${Text} FirewallSection "Firewall rule"
${Text} FirewallText "Lets the phone system reach the program (UDP, in private and domain networks)."
${Text} FirewallFailed "The firewall rule could not be made ($1). Windows may ask when the program starts."

${Text} ScopeTitle "For whom?"
${Text} ScopeSubtitle "Choose who is to use ${PRODUCT} on this PC."
${Text} ScopeUser "Only for &me"
${Text} ScopeUserText "Needs no administrator."
${Text} ScopeAllUsers "For &all who use this PC"
${Text} ScopeAllUsersText "Windows asks for an administrator. A firewall rule can be made, too."

${Text} WindowsTooOld "${PRODUCT} needs Windows 10 or newer."
${Text} WrongOption "An option on the command line has to be 0 or 1, and is $\"$1$\"."
${Text} NewerInstalled "Version $1 is installed, which is newer than ${VERSION}. An older program may not understand \
what the newer one has stored. Go back to ${VERSION} all the same?"
${Text} FilesInUse "${PRODUCT} is running and does not end; perhaps another user has started it. Please end it \
(right-click its icon, Quit), then try again."
${Text} EarlierStays "The version that is installed could not be removed."

${Text} UninstallTitle "Uninstall ${PRODUCT}"
${Text} UninstallSubtitle "Remove the program from this PC."
${Text} UninstallText "${PRODUCT} will be removed from: $INSTDIR"
${Text} SettingsBox "&Delete my settings, people, history and passwords, too"
${Text} SettingsText "They belong to the user who uninstalls. Those of others on this PC stay. If you keep them, a \
later installation goes on where this one ended."
