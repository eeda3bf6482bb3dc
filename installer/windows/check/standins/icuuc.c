/* A stand-in for icuuc.dll, which Windows 10 has and wine 8 has not.

   Qt6Core.dll takes these by name, so without them it does not load. It asks for them only to
   convert text from and to encodings that Call Ctrl has no use for; each says so. */

#include <stddef.h>

#define UNSUPPORTED 16 /* U_UNSUPPORTED_ERROR */
#define EXPORT __declspec(dllexport)

#define WITHOUT_CONVERTER(name) EXPORT void *name(void) { return NULL; }

EXPORT void *ucnv_open(const char *name, int *error) {
    (void)name;
    *error = UNSUPPORTED;
    return NULL;
}

EXPORT int ucnv_countAvailable(void) { return 0; }

WITHOUT_CONVERTER(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
WITHOUT_CONVERTER(UCNV_TO_U_CALLBACK_SUBSTITUTE)
WITHOUT_CONVERTER(ucnv_cbFromUWriteUChars)
WITHOUT_CONVERTER(ucnv_cbToUWriteUChars)
WITHOUT_CONVERTER(ucnv_close)
WITHOUT_CONVERTER(ucnv_fromUCountPending)
WITHOUT_CONVERTER(ucnv_fromUnicode)
WITHOUT_CONVERTER(ucnv_getAvailableName)
WITHOUT_CONVERTER(ucnv_getFromUCallBack)
WITHOUT_CONVERTER(ucnv_getMaxCharSize)
WITHOUT_CONVERTER(ucnv_getName)
WITHOUT_CONVERTER(ucnv_getStandardName)
WITHOUT_CONVERTER(ucnv_getToUCallBack)
WITHOUT_CONVERTER(ucnv_reset)
WITHOUT_CONVERTER(ucnv_setFromUCallBack)
WITHOUT_CONVERTER(ucnv_setToUCallBack)
WITHOUT_CONVERTER(ucnv_toUCountPending)
WITHOUT_CONVERTER(ucnv_toUnicode)
