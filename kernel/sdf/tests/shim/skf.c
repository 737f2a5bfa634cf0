/*
 * An official's token (UKey) in software, for tests alone: the calls of GM/T 0016 that CityHall makes. It keeps its
 * key in a readable file.
 *
 * The file STATE (named when this is compiled) is the token: one line
 *     <PIN> <tries left> <private key, 64 hexadecimal digits>
 * Without it the token is pulled out. Beside it: STATE.cert is the certificate in its container (DER); while STATE.busy
 * is there another program has the token; while STATE.second is there a second token is plugged in, the same as the
 * first; STATE.held is there while somebody is connected; STATE.pull pulls the token out at the next signature.
 *
 * The application "EGOV" has a container of RSA and one of SM2. ULONG is 32 bits, as the standard says; compiled with
 * -DWIDE it is `unsigned long`, as in the headers of some makers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sm2.h"

#ifdef WIDE
typedef unsigned long ULONG;
#else
typedef uint32_t ULONG;
#endif
typedef int32_t BOOL;
typedef unsigned char BYTE;

#define OK 0
#define INVALIDHANDLEERR 0x0A000005
#define INVALIDPARAMERR 0x0A000006
#define TIMEOUTERR 0x0A00000F
#define INDATALENERR 0x0A000010
#define GENRANDERR 0x0A000012
#define CERTNOTFOUNTERR 0x0A00001C
#define BUFFER_TOO_SMALL 0x0A000020
#define DEVICE_REMOVED 0x0A000023
#define PIN_INCORRECT 0x0A000024
#define PIN_LOCKED 0x0A000025
#define USER_NOT_LOGGED_IN 0x0A00002D
#define APPLICATION_NOT_EXISTS 0x0A00002E
#define CONTAINER_NOT_EXIST 0x0A000034

/* Packed, as the standard's header has its structures. */
#pragma pack(push, 1)
typedef struct { ULONG bits; BYTE x[64], y[64]; } ecc_public;
typedef struct { BYTE r[64], s[64]; } ecc_signature;
#pragma pack(pop)

typedef struct { int logged_in; } application;
typedef struct { application *of; int sm2; } container;

/* Reads the token's file; says whether it is plugged in. */
static int plugged(char pin[128], int *tries, num *d) {
    char key[80];
    unsigned char bytes[32];
    FILE *file = fopen(STATE, "r");
    if (!file) return 0;
    int read = fscanf(file, "%127s %d %79s", pin, tries, key);
    fclose(file);
    if (read != 3 || !hex(key, bytes, 32)) return 0;
    *d = from_bytes(bytes);
    return 1;
}

static int there(void) {
    char pin[128]; int tries; num d;
    return plugged(pin, &tries, &d);
}

static void set_tries(int left) {
    char pin[128], key[80]; int before;
    FILE *file = fopen(STATE, "r");
    if (!file) return;
    int read = fscanf(file, "%127s %d %79s", pin, &before, key);
    fclose(file);
    if (read != 3 || !(file = fopen(STATE, "w"))) return;
    fprintf(file, "%s %d %s\n", pin, left, key);
    fclose(file);
}

/* A list of names: each ends with a zero, the list with another. */
static ULONG listed(const char *names, size_t length, char *out, ULONG *size) {
    ULONG room = *size;
    *size = length;
    if (!out) return OK;
    if (room < length) return BUFFER_TOO_SMALL;
    memcpy(out, names, length);
    return OK;
}

ULONG SKF_EnumDev(BOOL present, char *names, ULONG *size) {
    (void)present;
    if (!there()) return listed("", 1, names, size);
    if (access(STATE ".second", F_OK) != 0) return listed("Token 0001\0", 12, names, size);
    return listed("Token 0001\0Token 0002\0", 23, names, size);
}

ULONG SKF_ConnectDev(const char *name, void **device) {
    if (!there() || strncmp(name, "Token 000", 9) != 0) return DEVICE_REMOVED;
    FILE *held = fopen(STATE ".held", "w");
    if (held) fclose(held);
    *device = malloc(1);
    return OK;
}

ULONG SKF_DisConnectDev(void *device) {
    free(device);
    unlink(STATE ".held");
    return OK;
}

ULONG SKF_LockDev(void *device, ULONG milliseconds) {
    if (!device || milliseconds == 0) return INVALIDPARAMERR;
    return access(STATE ".busy", F_OK) == 0 ? TIMEOUTERR : OK;
}

ULONG SKF_UnlockDev(void *device) { return device ? OK : INVALIDHANDLEERR; }

ULONG SKF_EnumApplication(void *device, char *names, ULONG *size) {
    if (!device || !there()) return DEVICE_REMOVED;
    return listed("EGOV\0", 6, names, size);
}

ULONG SKF_OpenApplication(void *device, const char *name, void **opened) {
    if (!device || !there()) return DEVICE_REMOVED;
    if (strcmp(name, "EGOV") != 0) return APPLICATION_NOT_EXISTS;
    *opened = calloc(1, sizeof(application));
    return OK;
}

ULONG SKF_CloseApplication(void *opened) { free(opened); return OK; }

ULONG SKF_ClearSecureState(void *opened) {
    if (!opened) return INVALIDHANDLEERR;
    ((application *)opened)->logged_in = 0;
    return OK;
}

ULONG SKF_VerifyPIN(void *opened, ULONG kind, const char *given, ULONG *left) {
    char pin[128]; int tries; num d;
    if (!opened || kind != 1) return INVALIDPARAMERR;
    if (!plugged(pin, &tries, &d)) return DEVICE_REMOVED;
    if (tries <= 0) { *left = 0; return PIN_LOCKED; }
    if (strcmp(given, pin) != 0) {
        set_tries(tries - 1);
        *left = (ULONG)(tries - 1);
        return tries == 1 ? PIN_LOCKED : PIN_INCORRECT;
    }
    set_tries(6);
    ((application *)opened)->logged_in = 1;
    return OK;
}

ULONG SKF_EnumContainer(void *opened, char *names, ULONG *size) {
    if (!opened || !there()) return DEVICE_REMOVED;
    return listed("login-rsa\0sign-sm2\0", 20, names, size);
}

ULONG SKF_OpenContainer(void *opened, const char *name, void **made) {
    if (!opened || !there()) return DEVICE_REMOVED;
    int sm2 = strcmp(name, "sign-sm2") == 0;
    if (!sm2 && strcmp(name, "login-rsa") != 0) return CONTAINER_NOT_EXIST;
    container *new = calloc(1, sizeof *new);
    if (!new) return GENRANDERR;
    new->of = opened;
    new->sm2 = sm2;
    *made = new;
    return OK;
}

ULONG SKF_CloseContainer(void *made) { free(made); return OK; }

ULONG SKF_ExportPublicKey(void *made, BOOL sign, BYTE *out, ULONG *size) {
    char pin[128]; int tries; num d, x, y;
    if (!made || !sign || !plugged(pin, &tries, &d)) return DEVICE_REMOVED;
    if (!((container *)made)->sm2) {
        /* RSAPUBLICKEYBLOB: two numbers, the modulus, the exponent. */
        if (*size < 2 * sizeof(ULONG) + 260) return BUFFER_TOO_SMALL;
        *size = 2 * sizeof(ULONG) + 260;
        memset(out, 1, *size);
        return OK;
    }
    if (*size < sizeof(ecc_public)) return BUFFER_TOO_SMALL;
    ecc_public *key = (ecc_public *)out;
    memset(key, 0, sizeof *key);
    times_base(&d, &x, &y);
    key->bits = 256;
    to_bytes(&x, key->x + 32);
    to_bytes(&y, key->y + 32);
    *size = sizeof *key;
    return OK;
}

ULONG SKF_ExportCertificate(void *made, BOOL sign, BYTE *out, ULONG *size) {
    if (!made || !sign || !there()) return DEVICE_REMOVED;
    FILE *file = ((container *)made)->sm2 ? fopen(STATE ".cert", "rb") : NULL;
    if (!file) return CERTNOTFOUNTERR;
    size_t read = fread(out, 1, *size, file);
    fclose(file);
    *size = (ULONG)read;
    return OK;
}

ULONG SKF_ECCSignData(void *made, const BYTE *digest, ULONG length, ecc_signature *out) {
    char pin[128]; int tries; num d;
    container *in = made;
    if (access(STATE ".pull", F_OK) == 0) { unlink(STATE ".pull"); unlink(STATE); }
    if (!in || !plugged(pin, &tries, &d)) return DEVICE_REMOVED;
    if (!in->of->logged_in) return USER_NOT_LOGGED_IN;
    if (!in->sm2 || length != 32) return INDATALENERR;
    memset(out, 0, sizeof *out);
    return signed_with(&d, digest, out->r + 32, out->s + 32) ? OK : GENRANDERR;
}
