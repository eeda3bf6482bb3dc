/* A stand-in for bcryptprimitives.dll, which Windows has and wine 8 has not.

   The tests' certificates are made by a library that takes its randomness from there. */

#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL ProcessPrng(PBYTE data, SIZE_T length) {
    return RtlGenRandom(data, (ULONG)length);
}
