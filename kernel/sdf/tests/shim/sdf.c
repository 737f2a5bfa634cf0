/*
 * A cryptographic device in software, for tests alone: the calls of GM/T 0018 that CityHall makes, over
 * SM2 and SM4 written plainly. It is slow, leaks its timing, and keeps its keys in a readable file.
 *
 * The file STATE (named when this is compiled) is the device: one line
 *     <PIN> <private key, 64 hexadecimal digits> <key of keys, 32 hexadecimal digits>
 * Without it the device is unplugged; while STATE.hangs is there it answers nothing; STATE.wrong has a
 * letter for each wrong PIN. Key pair and key of keys both have the index 1.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sm2.h"

#define OK 0
#define COMMFAIL 0x01000003
#define OPENDEVICE 0x01000005
#define PARDENY 0x01000007
#define KEYNOTEXIST 0x01000008
#define ALGNOTSUPPORT 0x01000009
#define INARGERR 0x01000017

#define SM4_CBC 0x00000402

/* ---- SM4 ---- */

static const unsigned char SBOX[256] = {
    0xd6,0x90,0xe9,0xfe,0xcc,0xe1,0x3d,0xb7,0x16,0xb6,0x14,0xc2,0x28,0xfb,0x2c,0x05,
    0x2b,0x67,0x9a,0x76,0x2a,0xbe,0x04,0xc3,0xaa,0x44,0x13,0x26,0x49,0x86,0x06,0x99,
    0x9c,0x42,0x50,0xf4,0x91,0xef,0x98,0x7a,0x33,0x54,0x0b,0x43,0xed,0xcf,0xac,0x62,
    0xe4,0xb3,0x1c,0xa9,0xc9,0x08,0xe8,0x95,0x80,0xdf,0x94,0xfa,0x75,0x8f,0x3f,0xa6,
    0x47,0x07,0xa7,0xfc,0xf3,0x73,0x17,0xba,0x83,0x59,0x3c,0x19,0xe6,0x85,0x4f,0xa8,
    0x68,0x6b,0x81,0xb2,0x71,0x64,0xda,0x8b,0xf8,0xeb,0x0f,0x4b,0x70,0x56,0x9d,0x35,
    0x1e,0x24,0x0e,0x5e,0x63,0x58,0xd1,0xa2,0x25,0x22,0x7c,0x3b,0x01,0x21,0x78,0x87,
    0xd4,0x00,0x46,0x57,0x9f,0xd3,0x27,0x52,0x4c,0x36,0x02,0xe7,0xa0,0xc4,0xc8,0x9e,
    0xea,0xbf,0x8a,0xd2,0x40,0xc7,0x38,0xb5,0xa3,0xf7,0xf2,0xce,0xf9,0x61,0x15,0xa1,
    0xe0,0xae,0x5d,0xa4,0x9b,0x34,0x1a,0x55,0xad,0x93,0x32,0x30,0xf5,0x8c,0xb1,0xe3,
    0x1d,0xf6,0xe2,0x2e,0x82,0x66,0xca,0x60,0xc0,0x29,0x23,0xab,0x0d,0x53,0x4e,0x6f,
    0xd5,0xdb,0x37,0x45,0xde,0xfd,0x8e,0x2f,0x03,0xff,0x6a,0x72,0x6d,0x6c,0x5b,0x51,
    0x8d,0x1b,0xaf,0x92,0xbb,0xdd,0xbc,0x7f,0x11,0xd9,0x5c,0x41,0x1f,0x10,0x5a,0xd8,
    0x0a,0xc1,0x31,0x88,0xa5,0xcd,0x7b,0xbd,0x2d,0x74,0xd0,0x12,0xb8,0xe5,0xb4,0xb0,
    0x89,0x69,0x97,0x4a,0x0c,0x96,0x77,0x7e,0x65,0xb9,0xf1,0x09,0xc5,0x6e,0xc6,0x84,
    0x18,0xf0,0x7d,0xec,0x3a,0xdc,0x4d,0x20,0x79,0xee,0x5f,0x3e,0xd7,0xcb,0x39,0x48};

static uint32_t turned(uint32_t a, int by) { return a << by | a >> (32 - by); }

static uint32_t substituted(uint32_t a) {
    return (uint32_t)SBOX[a >> 24] << 24 | (uint32_t)SBOX[a >> 16 & 255] << 16 |
           (uint32_t)SBOX[a >> 8 & 255] << 8 | SBOX[a & 255];
}

static uint32_t word(const unsigned char *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void schedule(const unsigned char key[16], uint32_t rk[32]) {
    static const uint32_t FK[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
    uint32_t k[4];
    for (int i = 0; i < 4; i++) k[i] = word(key + 4 * i) ^ FK[i];
    for (int i = 0; i < 32; i++) {
        uint32_t ck = 0;
        for (int j = 0; j < 4; j++) ck = ck << 8 | (uint32_t)((4 * i + j) * 7 & 255);
        uint32_t t = substituted(k[1] ^ k[2] ^ k[3] ^ ck);
        rk[i] = k[0] ^ t ^ turned(t, 13) ^ turned(t, 23);
        k[0] = k[1]; k[1] = k[2]; k[2] = k[3]; k[3] = rk[i];
    }
}

static void block(const uint32_t rk[32], int back, const unsigned char *in, unsigned char *out) {
    uint32_t x[4];
    for (int i = 0; i < 4; i++) x[i] = word(in + 4 * i);
    for (int i = 0; i < 32; i++) {
        uint32_t t = substituted(x[1] ^ x[2] ^ x[3] ^ rk[back ? 31 - i : i]);
        t ^= turned(t, 2) ^ turned(t, 10) ^ turned(t, 18) ^ turned(t, 24);
        uint32_t n = x[0] ^ t;
        x[0] = x[1]; x[1] = x[2]; x[2] = x[3]; x[3] = n;
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) out[4 * i + j] = (unsigned char)(x[3 - i] >> (24 - 8 * j));
}

static void cbc(const unsigned char key[16], unsigned char iv[16], int back,
                const unsigned char *in, unsigned length, unsigned char *out) {
    uint32_t rk[32];
    schedule(key, rk);
    for (unsigned at = 0; at + 16 <= length; at += 16) {
        unsigned char x[16], y[16];
        if (back) {
            block(rk, 1, in + at, y);
            for (int i = 0; i < 16; i++) y[i] ^= iv[i];
            memcpy(iv, in + at, 16);
        } else {
            for (int i = 0; i < 16; i++) x[i] = in[at + i] ^ iv[i];
            block(rk, 0, x, y);
            memcpy(iv, y, 16);
        }
        memcpy(out + at, y, 16);
    }
}

/* ---- the device ---- */

typedef struct { int opened; } device;
typedef struct { int may_sign; } session;
typedef struct { unsigned char key[16]; } session_key;
typedef struct { unsigned bits; unsigned char x[64], y[64]; } ecc_public;
typedef struct { unsigned char r[64], s[64]; } ecc_signature;

/* Reads the device's file; says whether it is plugged in. */
static int plugged(char pin[128], num *d, unsigned char kek[16]) {
    while (access(STATE ".hangs", F_OK) == 0) usleep(10000);
    char key[80], keys_key[48];
    unsigned char bytes[32];
    FILE *file = fopen(STATE, "r");
    if (!file) return 0;
    int read = fscanf(file, "%127s %79s %47s", pin, key, keys_key);
    fclose(file);
    if (read != 3 || !hex(key, bytes, 32) || !hex(keys_key, kek, 16)) return 0;
    *d = from_bytes(bytes);
    return 1;
}

int SDF_OpenDevice(void **handle) {
    char pin[128]; num d; unsigned char kek[16];
    if (!plugged(pin, &d, kek)) return OPENDEVICE;
    *handle = calloc(1, sizeof(device));
    return OK;
}

int SDF_CloseDevice(void *handle) { free(handle); return OK; }

int SDF_OpenSession(void *handle, void **opened) {
    if (!handle) return INARGERR;
    *opened = calloc(1, sizeof(session));
    return OK;
}

int SDF_CloseSession(void *handle) { free(handle); return OK; }

int SDF_GenerateRandom(void *handle, unsigned length, unsigned char *out) {
    return handle && chance(out, length) ? OK : COMMFAIL;
}

int SDF_GetPrivateKeyAccessRight(void *handle, unsigned index, const unsigned char *given, unsigned length) {
    char pin[128]; num d; unsigned char kek[16];
    if (!plugged(pin, &d, kek)) return COMMFAIL;
    if (index != 1) return KEYNOTEXIST;
    if (length != strlen(pin) || memcmp(given, pin, length) != 0) {
        FILE *wrong = fopen(STATE ".wrong", "a");
        if (wrong) { fputc('x', wrong); fclose(wrong); }
        return PARDENY;
    }
    ((session *)handle)->may_sign = 1;
    return OK;
}

int SDF_ExportSignPublicKey_ECC(void *handle, unsigned index, ecc_public *out) {
    char pin[128]; num d, x, y; unsigned char kek[16];
    if (!handle || !plugged(pin, &d, kek)) return COMMFAIL;
    if (index != 1) return KEYNOTEXIST;
    times_base(&d, &x, &y);
    memset(out, 0, sizeof *out);
    out->bits = 256;
    to_bytes(&x, out->x + 32);
    to_bytes(&y, out->y + 32);
    return OK;
}

int SDF_InternalSign_ECC(void *handle, unsigned index, const unsigned char *digest, unsigned length,
                         ecc_signature *out) {
    char pin[128]; num d; unsigned char kek[16];
    if (!handle || !plugged(pin, &d, kek)) return COMMFAIL;
    if (index != 1) return KEYNOTEXIST;
    if (!((session *)handle)->may_sign) return PARDENY;
    if (length != 32) return INARGERR;
    memset(out, 0, sizeof *out);
    return signed_with(&d, digest, out->r + 32, out->s + 32) ? OK : COMMFAIL;
}

int SDF_GenerateKeyWithKEK(void *handle, unsigned bits, unsigned algorithm, unsigned index,
                           unsigned char *wrapped, unsigned *length, void **key) {
    char pin[128]; num d; unsigned char kek[16], iv[16] = {0};
    if (!handle || !plugged(pin, &d, kek)) return COMMFAIL;
    if (index != 1) return KEYNOTEXIST;
    if (algorithm != SM4_CBC || bits != 128 || *length < 16) return ALGNOTSUPPORT;
    session_key *new = calloc(1, sizeof *new);
    if (!new || !chance(new->key, 16)) return COMMFAIL;
    cbc(kek, iv, 0, new->key, 16, wrapped);
    *length = 16;
    *key = new;
    return OK;
}

int SDF_ImportKeyWithKEK(void *handle, unsigned algorithm, unsigned index,
                         const unsigned char *wrapped, unsigned length, void **key) {
    char pin[128]; num d; unsigned char kek[16], iv[16] = {0};
    if (!handle || !plugged(pin, &d, kek)) return COMMFAIL;
    if (index != 1) return KEYNOTEXIST;
    if (algorithm != SM4_CBC || length != 16) return ALGNOTSUPPORT;
    session_key *new = calloc(1, sizeof *new);
    if (!new) return COMMFAIL;
    cbc(kek, iv, 1, wrapped, 16, new->key);
    *key = new;
    return OK;
}

int SDF_DestroyKey(void *handle, void *key) { (void)handle; free(key); return OK; }

static int ciphered(void *handle, session_key *key, int back, unsigned algorithm, unsigned char *iv,
                    const unsigned char *in, unsigned length, unsigned char *out, unsigned *written) {
    if (!handle || !key || algorithm != SM4_CBC) return ALGNOTSUPPORT;
    if (length % 16 != 0 || *written < length) return INARGERR;
    cbc(key->key, iv, back, in, length, out);
    *written = length;
    return OK;
}

int SDF_Encrypt(void *handle, void *key, unsigned algorithm, unsigned char *iv,
                const unsigned char *in, unsigned length, unsigned char *out, unsigned *written) {
    return ciphered(handle, key, 0, algorithm, iv, in, length, out, written);
}

int SDF_Decrypt(void *handle, void *key, unsigned algorithm, unsigned char *iv,
                const unsigned char *in, unsigned length, unsigned char *out, unsigned *written) {
    return ciphered(handle, key, 1, algorithm, iv, in, length, out, written);
}
