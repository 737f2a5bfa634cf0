/*
 * SM2 written plainly, for the devices that tests play and for nothing else: it is slow and leaks its timing.
 */
#include <stdint.h>
#include <stdio.h>

/* ---- numbers of 256 bits, lowest word first ---- */

typedef struct { uint32_t w[8]; } num;

static const num P = {{0xffffffff, 0xffffffff, 0x00000000, 0xffffffff,
                       0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe}};
static const num N = {{0x39d54123, 0x53bbf409, 0x21c6052b, 0x7203df6b,
                       0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe}};
static const num GX = {{0x334c74c7, 0x715a4589, 0xf2660be1, 0x8fe30bbf,
                        0x6a39c994, 0x5f990446, 0x1f198119, 0x32c4ae2c}};
static const num GY = {{0x2139f0a0, 0x02df32e5, 0xc62a4740, 0xd0a9877c,
                        0x6b692153, 0x59bdcee3, 0xf4f6779c, 0xbc3736a2}};

static int is_zero(const num *a) {
    uint32_t all = 0;
    for (int i = 0; i < 8; i++) all |= a->w[i];
    return all == 0;
}

static int less(const num *a, const num *b) {
    for (int i = 7; i >= 0; i--)
        if (a->w[i] != b->w[i]) return a->w[i] < b->w[i];
    return 0;
}

static uint32_t plus(num *r, const num *a, const num *b) {
    uint64_t carry = 0;
    for (int i = 0; i < 8; i++) {
        carry += (uint64_t)a->w[i] + b->w[i];
        r->w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return (uint32_t)carry;
}

static void minus(num *r, const num *a, const num *b) {
    uint64_t borrow = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t d = (uint64_t)a->w[i] - b->w[i] - borrow;
        r->w[i] = (uint32_t)d;
        borrow = d >> 63;
    }
}

static num add(num a, num b, const num *m) {
    num r;
    if (plus(&r, &a, &b) || !less(&r, m)) minus(&r, &r, m);
    return r;
}

static num sub(num a, num b, const num *m) {
    num r;
    if (less(&a, &b)) {
        minus(&r, m, &b);
        return add(a, r, m);
    }
    minus(&r, &a, &b);
    return r;
}

static int bit(const num *a, int i) { return a->w[i / 32] >> (i % 32) & 1; }

static num mul(num a, num b, const num *m) {
    num r = {{0}};
    for (int i = 255; i >= 0; i--) {
        r = add(r, r, m);
        if (bit(&b, i)) r = add(r, a, m);
    }
    return r;
}

/* a^(m-2): the inverse, since m is prime. */
static num inverse(num a, const num *m) {
    num two = {{2}}, e, r = {{1}};
    minus(&e, m, &two);
    for (int i = 255; i >= 0; i--) {
        r = mul(r, r, m);
        if (bit(&e, i)) r = mul(r, a, m);
    }
    return r;
}

/* ---- points in Jacobian coordinates; z is zero at infinity ---- */

typedef struct { num x, y, z; } point;

static point doubled(point p) {
    if (is_zero(&p.z)) return p;
    /* a = -3: M = 3(x - z^2)(x + z^2) */
    num zz = mul(p.z, p.z, &P), yy = mul(p.y, p.y, &P);
    num s = mul(p.x, yy, &P);
    s = add(s, s, &P); s = add(s, s, &P);
    num m = mul(sub(p.x, zz, &P), add(p.x, zz, &P), &P);
    m = add(add(m, m, &P), m, &P);
    num y4 = mul(yy, yy, &P);
    y4 = add(y4, y4, &P); y4 = add(y4, y4, &P); y4 = add(y4, y4, &P);
    point r;
    r.x = sub(sub(mul(m, m, &P), s, &P), s, &P);
    r.y = sub(mul(m, sub(s, r.x, &P), &P), y4, &P);
    num yz = mul(p.y, p.z, &P);
    r.z = add(yz, yz, &P);
    return r;
}

static point added(point p, point q) {
    if (is_zero(&p.z)) return q;
    if (is_zero(&q.z)) return p;
    num pz = mul(p.z, p.z, &P), qz = mul(q.z, q.z, &P);
    num u1 = mul(p.x, qz, &P), u2 = mul(q.x, pz, &P);
    num s1 = mul(p.y, mul(qz, q.z, &P), &P), s2 = mul(q.y, mul(pz, p.z, &P), &P);
    num h = sub(u2, u1, &P), v = sub(s2, s1, &P);
    if (is_zero(&h)) {
        point infinity = {{{0}}, {{1}}, {{0}}};
        return is_zero(&v) ? doubled(p) : infinity;
    }
    num hh = mul(h, h, &P), hhh = mul(hh, h, &P), u = mul(u1, hh, &P);
    point r;
    r.x = sub(sub(sub(mul(v, v, &P), hhh, &P), u, &P), u, &P);
    r.y = sub(mul(v, sub(u, r.x, &P), &P), mul(s1, hhh, &P), &P);
    r.z = mul(h, mul(p.z, q.z, &P), &P);
    return r;
}

static void times_base(const num *k, num *x, num *y) {
    point g = {GX, GY, {{1}}}, r = {{{0}}, {{1}}, {{0}}};
    for (int i = 255; i >= 0; i--) {
        r = doubled(r);
        if (bit(k, i)) r = added(r, g);
    }
    num z = inverse(r.z, &P), zz = mul(z, z, &P);
    *x = mul(r.x, zz, &P);
    *y = mul(r.y, mul(zz, z, &P), &P);
}

static num from_bytes(const unsigned char *b) {
    num r;
    for (int i = 0; i < 8; i++) {
        const unsigned char *at = b + 28 - 4 * i;
        r.w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    return r;
}

static void to_bytes(const num *a, unsigned char *b) {
    for (int i = 0; i < 32; i++) b[31 - i] = (unsigned char)(a->w[i / 4] >> (8 * (i % 4)));
}

static int hex(const char *text, unsigned char *out, int count) {
    for (int i = 0; i < count; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1) return 0;
        out[i] = (unsigned char)byte;
    }
    return 1;
}

static int chance(unsigned char *out, unsigned length) {
    FILE *file = fopen("/dev/urandom", "rb");
    if (!file) return 0;
    size_t got = fread(out, 1, length, file);
    fclose(file);
    return got == length;
}

/* GB/T 32918.2: r = (e + x1) mod n, s = (1 + d)^-1 (k - r d) mod n. Says whether there was chance for it. */
static int signed_with(const num *d, const unsigned char digest[32], unsigned char *r_out, unsigned char *s_out) {
    num k, x, y, r, s, e = from_bytes(digest), one = {{1}};
    unsigned char bytes[32];
    if (!less(&e, &N)) minus(&e, &e, &N);
    do {
        if (!chance(bytes, 32)) return 0;
        k = from_bytes(bytes);
        if (is_zero(&k) || !less(&k, &N)) continue;
        times_base(&k, &x, &y);
        if (!less(&x, &N)) minus(&x, &x, &N);
        r = add(e, x, &N);
        num rk = add(r, k, &N);
        if (is_zero(&r) || is_zero(&rk)) continue;
        s = mul(inverse(add(*d, one, &N), &N), sub(k, mul(r, *d, &N), &N), &N);
        if (!is_zero(&s)) break;
    } while (1);
    to_bytes(&r, r_out);
    to_bytes(&s, s_out);
    return 1;
}
