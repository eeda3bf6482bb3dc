/* Stands in for the program while the installer is tried, and for netsh, which wine lacks.
 *
 * As "Call Ctrl.exe" it runs until it is asked to end; as callctrl.exe it knows `status`, `quit` and
 * `self-test`, each with the exit codes of the real one; as netsh.exe it writes down how it was
 * called. As any other it keeps (`keep NAME`) or looks for (`has NAME`) a password of Windows' store.
 */
#include <windows.h>
#include <wincred.h>
#include <stdio.h>
#include <wchar.h>

static HANDLE running(const wchar_t *profile, HANDLE *end, BOOL create)
{
    wchar_t name[300];
    swprintf(name, 300, L"callctrl-payload-end-%ls", profile);
    *end = CreateEventW(NULL, TRUE, FALSE, name);
    swprintf(name, 300, L"callctrl-payload-%ls", profile);
    return create ? CreateMutexW(NULL, FALSE, name) : OpenMutexW(SYNCHRONIZE, FALSE, name);
}

static int be_program(const wchar_t *profile)
{
    HANDLE end, mutex = running(profile, &end, TRUE);
    if (!mutex || GetLastError() == ERROR_ALREADY_EXISTS)
        return 0;
    WaitForSingleObject(end, 120000);
    ResetEvent(end);
    return 0;
}

static int be_console(const wchar_t *verb, const wchar_t *profile)
{
    HANDLE end, mutex;
    if (!wcscmp(verb, L"self-test"))
        return 0;
    mutex = running(profile, &end, FALSE);
    if (!mutex)
        return 3;
    CloseHandle(mutex);
    if (!wcscmp(verb, L"status"))
        return 0;
    if (wcscmp(verb, L"quit"))
        return 2;
    SetEvent(end);
    for (int i = 0; i < 300; i++) {
        mutex = running(profile, &end, FALSE);
        if (!mutex)
            return 0;
        CloseHandle(mutex);
        Sleep(100);
    }
    return 1;
}

static int be_netsh(void)
{
    FILE *file = _wfopen(L"C:\\netsh-calls.txt", L"a, ccs=UTF-8");
    if (!file)
        return 1;
    fwprintf(file, L"%ls\n", GetCommandLineW());
    fclose(file);
    return 0;
}

static int be_store(const wchar_t *verb, wchar_t *name)
{
    CREDENTIALW *found, made = {0};
    if (!wcscmp(verb, L"has"))
        return !CredReadW(name, CRED_TYPE_GENERIC, 0, &found);
    made.Type = CRED_TYPE_GENERIC;
    made.TargetName = name;
    made.UserName = L"200";
    made.CredentialBlob = (BYTE *)"secret";
    made.CredentialBlobSize = 6;
    made.Persist = CRED_PERSIST_ENTERPRISE;
    return !CredWriteW(&made, 0);
}

int wmain(int argc, wchar_t **argv)
{
    wchar_t path[MAX_PATH];
    const wchar_t *name, *profile = L"";
    GetModuleFileNameW(NULL, path, MAX_PATH);
    name = wcsrchr(path, L'\\') + 1;
    for (int i = 1; i + 1 < argc; i++)
        if (!wcscmp(argv[i], L"--profile"))
            profile = wcsrchr(argv[i + 1], L'\\') ? wcsrchr(argv[i + 1], L'\\') + 1 : argv[i + 1];
    if (!_wcsicmp(name, L"Call Ctrl.exe"))
        return be_program(profile);
    if (!_wcsicmp(name, L"netsh.exe"))
        return be_netsh();
    if (argc < 2)
        return 2;
    if (!_wcsicmp(name, L"callctrl.exe"))
        return be_console(argv[1], profile);
    return argc < 3 ? 2 : be_store(argv[1], argv[2]);
}
