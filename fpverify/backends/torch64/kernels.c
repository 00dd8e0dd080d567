/*
 * The compiled path of fpverify.backends.torch64 (docs/numerics.md, section 7).
 *
 * Each function here does the operations of its eager counterpart in Python, one by one and in the same order, so that
 * the theorems hold for it as they stand. It must be compiled without contraction and without any option that changes
 * values; compiled.py compares the result with the eager path before it is used.
 *
 * c points to: 64/ln2, the two parts of ln2/64, 2^(j/64) in two parts for j = 0, ..., 63 (tables.py).
 */

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "options that change values void the proofs: compile without -ffast-math and -Ofast"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "double precision is not evaluated as such: the proofs count one rounding for each operation"
#endif

#include <stdint.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define UNIT 0x1p-53
#define ETA 0x1p-1074
#define TINY 0x1p-1000  /* linear.TINY */
#define FLOOR 0x1p-900  /* linear.FLOOR */
#define HUGE 0x1.fffffffffffffp1023
#define INF __builtin_inf()
#define MAGIC 0x1.8p52
#define MAGIC_BITS INT64_C(0x4338000000000000)

typedef const double *restrict In;
typedef double *restrict Out;

static inline int64_t bits(double x) {
    int64_t pattern;
    __builtin_memcpy(&pattern, &x, 8);
    return pattern;
}

static inline double from_bits(int64_t pattern) {
    double x;
    __builtin_memcpy(&x, &pattern, 8);
    return x;
}

static inline double size_of(double x) { return from_bits(bits(x) & INT64_MAX); }
static inline double least(double x, double y) { return x < y ? x : y; }
static inline double greatest(double x, double y) { return x > y ? x : y; }
/* rounding.total: NaN, which no comparison holds for, becomes the infinity on its side */
static inline double or_lower(double x) { return x > -INF ? x : -INF; }
static inline double or_upper(double x) { return x < INF ? x : INF; }

/* Lemma 2.1: the neighbour above; inf and NaN stay, both zeros give eta. */
static inline double next_up(double x) {
    int64_t pattern = bits(x + 0.0);
    double next = from_bits((int64_t)((uint64_t)pattern + (pattern >= 0 ? UINT64_C(1) : UINT64_MAX)));
    return x < INF ? next : x;
}

static inline double next_down(double x) { return -next_up(-x); }

/* rounding.power_of_two and rounding.scaled */
static inline double power_of_two(int64_t k) { return from_bits((int64_t)((uint64_t)(k + 1023) << 52)); }

static inline double scaled(double y, int64_t k) {
    int64_t first = k >> 1;
    return y * power_of_two(first) * power_of_two(k - first);
}

/* points._nearest_integer and the reduction: x = n ln2/64 + r */
static inline int64_t reduced(double x, In c, double *r) {
    double shifted = x * c[0] + MAGIC;
    double whole = shifted - MAGIC;
    *r = (x - whole * c[1]) - whole * c[2];
    return bits(shifted) - MAGIC_BITS;
}

/* Theorem 3.1 */
static inline double exp_parts(double x, In c, int64_t *k) {
    double r;
    int64_t n = reduced(x, c, &r);
    double entry = c[3 + (n & 63)];
    double series = r + r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120))));
    *k = n >> 6;
    return entry + entry * series;
}

static inline double exp_lower(double x, In c) {
    int64_t k;
    double y = exp_parts(least(greatest(x, -746.0), 711.0), c, &k);
    double lo = scaled(y - y * (4.0 * UNIT), k);
    lo = lo < 0x1p-1021 ? greatest(next_down(lo), 0.0) : least(lo, HUGE);
    return x == 0 ? 1.0 : x < -746.0 ? 0.0 : lo;
}

static inline double exp_upper(double x, In c) {
    int64_t k;
    double y = exp_parts(least(greatest(x, -746.0), 711.0), c, &k);
    double hi = scaled(y + y * (4.0 * UNIT), k);
    hi = hi < 0x1p-1021 ? next_up(hi) : hi;
    return x == 0 ? 1.0 : x > 711.0 ? INF : hi;
}

/* out[i] = entries[n[i] & 63]. A processor with 512 bits holds the table in registers, twice as fast as a gather. */
#define BLOCK 512

static inline void look_up(const int64_t *restrict n, In entries, Out out) {
#ifdef __AVX512F__
    __m512d t[8];
    for (int i = 0; i < 8; i++) t[i] = _mm512_loadu_pd(entries + 8 * i);
    for (int64_t i = 0; i < BLOCK; i += 8) {
        __m512i j = _mm512_loadu_si512(n + i);  /* the permutation reads bits 0 to 3 */
        __mmask8 bit4 = _mm512_test_epi64_mask(j, _mm512_set1_epi64(16));
        __mmask8 bit5 = _mm512_test_epi64_mask(j, _mm512_set1_epi64(32));
        __m512d low = _mm512_mask_blend_pd(bit4, _mm512_permutex2var_pd(t[0], j, t[1]),
                                           _mm512_permutex2var_pd(t[2], j, t[3]));
        __m512d high = _mm512_mask_blend_pd(bit4, _mm512_permutex2var_pd(t[4], j, t[5]),
                                            _mm512_permutex2var_pd(t[6], j, t[7]));
        _mm512_storeu_pd(out + i, _mm512_mask_blend_pd(bit5, low, high));
    }
#else
    for (int64_t i = 0; i < BLOCK; i++) out[i] = entries[n[i] & 63];
#endif
}

/*
 * Theorems 3.3 and 3.4 (a): bounds of tanh x, upper ones for flip = 1, lower ones for flip = -1, of at most BLOCK points.
 * The eager path selects between the two bounds of tanh |x|; here only the one in question is formed, and cut by 0, 1
 * and |x| on either side: where the eager path does not cut, there is nothing to cut. Beyond 20, y + reach exceeds 1.
 * Returns the number of NaNs.
 */
static inline int64_t tanh_block(In x, Out out, double flip, In c, int64_t m) {
    int64_t n[BLOCK], nans = 0;
    double r[BLOCK], highs[BLOCK], lows[BLOCK];
    for (int64_t i = 0; i < m; i++) {
        n[i] = reduced(least(size_of(x[i]), 20.0) * -2.0, c, &r[i]);
        nans += x[i] != x[i];
    }
    for (int64_t i = m; i < BLOCK; i++) n[i] = 0;
    look_up(n, c + 3, highs);
    look_up(n, c + 67, lows);
    for (int64_t i = 0; i < m; i++) {
        double s = r[i], power = power_of_two(n[i] >> 6), high = highs[i] * power, low = lows[i] * power;
        double series = s + s * s * (0.5 + s * (1.0 / 6 + s * (1.0 / 24 + s * (1.0 / 120 + s * (1.0 / 720)))));
        double t = (high - 1.0) + (low + high * series);
        double y = -t / (2.0 + t);
        double reach = y * (10.0 * UNIT) + 16 * ETA;
        double bound = y + __builtin_copysign(reach, x[i] * flip);
        out[i] = __builtin_copysign(greatest(least(least(bound, 1.0), size_of(x[i])), 0.0), x[i]);
    }
    return nans;
}

/* Theorem 3.4 (d): K of Lemma 2.3 falls from 5.5 to 3.2 as the value y grows from 0 to 1 */
static inline double sigmoid_reach(double y) { return y * ((5.5 - y * 2.3) * UNIT) + 16 * ETA; }

static inline double sigmoid_near(double x, In c) {
    int64_t k;
    double y = exp_parts(-least(size_of(x), 746.0), c, &k);
    double t = scaled(y, k);
    return (x >= 0 ? 1.0 : t) / (1.0 + t);
}

static inline double sigmoid_lower(double x, In c) {
    double y = sigmoid_near(x, c);
    double lo = y - sigmoid_reach(y);
    return x < -746.0 ? 0.0 : greatest(lo, x >= 0 ? 0.5 : 0.0);
}

static inline double sigmoid_upper(double x, In c) {
    double y = sigmoid_near(x, c);
    double hi = y + sigmoid_reach(y);
    return least(hi, x <= 0 ? 0.5 : 1.0);
}

/* Theorem 3.9, at points x >= 0 */
static inline double tanh_slope_near(double x, In c) {
    int64_t k;
    double y = exp_parts(least(x, 373.0) * -2.0, c, &k);
    double t = scaled(y, k);
    return 4.0 * t / ((1.0 + t) * (1.0 + t));
}

static inline double tanh_slope_lower(double x, In c) {
    double y = tanh_slope_near(x, c);
    return x > 373.0 ? 0.0 : greatest(y - (size_of(y) * (8.0 * UNIT) + 16 * ETA), 0.0);
}

static inline double tanh_slope_upper(double x, In c) {
    double y = tanh_slope_near(x, c);
    return least(y + (size_of(y) * (8.0 * UNIT) + 16 * ETA), 1.0);
}

static inline double sigmoid_slope_near(double x, In c) {
    int64_t k;
    double y = exp_parts(-least(x, 746.0), c, &k);
    double t = scaled(y, k);
    return t / ((1.0 + t) * (1.0 + t));
}

static inline double sigmoid_slope_lower(double x, In c) {
    double y = sigmoid_slope_near(x, c);
    return x > 746.0 ? 0.0 : greatest(y - (size_of(y) * (8.0 * UNIT) + 16 * ETA), 0.0);
}

static inline double sigmoid_slope_upper(double x, In c) {
    double y = sigmoid_slope_near(x, c);
    return least(y + (size_of(y) * (8.0 * UNIT) + 16 * ETA), 0.25);
}

/* Whether there is a NaN. Such operands are left to the eager path: selecting around them costs a third of the time. */
static int any_nan(In x, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += x[i] != x[i];
    return count != 0;
}

/* functions._increasing; 1 if nothing was done */
#define INCREASING(name)                                                                   \
    int fpverify_##name(In lo, In hi, Out out_lo, Out out_hi, int64_t n, In c) {           \
        if (any_nan(lo, n) || any_nan(hi, n)) return 1;                                    \
        for (int64_t i = 0; i < n; i++) out_lo[i] = name##_lower(lo[i], c);                \
        for (int64_t i = 0; i < n; i++) out_hi[i] = name##_upper(hi[i], c);                \
        return 0;                                                                          \
    }

/* functions._decreasing of elementwise.absolute; 1 if nothing was done */
#define EVEN_DECREASING(name)                                                              \
    int fpverify_##name(In lo, In hi, Out out_lo, Out out_hi, int64_t n, In c) {           \
        if (any_nan(lo, n) || any_nan(hi, n)) return 1;                                    \
        for (int64_t i = 0; i < n; i++)                                                    \
            out_lo[i] = name##_lower(greatest(size_of(lo[i]), size_of(hi[i])), c);         \
        for (int64_t i = 0; i < n; i++)                                                    \
            out_hi[i] = name##_upper(greatest(greatest(lo[i], -hi[i]), 0.0), c);           \
        return 0;                                                                          \
    }

INCREASING(exp)
INCREASING(sigmoid)

/* 1 if there was a NaN, and the bounds are void */
int fpverify_tanh(In lo, In hi, Out out_lo, Out out_hi, int64_t n, In c) {
    int64_t nans = 0;
    for (int64_t i = 0; i < n; i += BLOCK) {
        int64_t m = n - i < BLOCK ? n - i : BLOCK;
        nans += tanh_block(lo + i, out_lo + i, -1.0, c, m);
        nans += tanh_block(hi + i, out_hi + i, 1.0, c, m);
    }
    return nans != 0;
}

EVEN_DECREASING(tanh_slope)
EVEN_DECREASING(sigmoid_slope)

/* balls.usable: a radius that is a finite number >= 0 around a finite midpoint */
static inline int usable(double mid, double rad) { return (rad >= 0) & (rad < INF) & (size_of(mid) < INF); }

/* balls.of_ends, Lemma 4.3 */
void fpverify_of_ends(In lo, In hi, Out mid, Out rad, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double m = lo[i] * 0.5 + hi[i] * 0.5;
        double r = greatest(hi[i] - m, m - lo[i]) * (1 + 4 * UNIT) + TINY;
        int known = usable(m, r);
        mid[i] = known ? m : 0.0;
        rad[i] = known ? r : INF;
    }
}

/* balls.ends, Lemma 2.1 */
void fpverify_ends(In mid, In rad, Out lo, Out hi, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        lo[i] = or_lower(next_down(mid[i] - rad[i]));
        hi[i] = or_upper(next_up(mid[i] + rad[i]));
    }
}

/* balls.factor: s and t of Theorems 4.4 and 4.5 */
void fpverify_factor(In mid, In rad, double by_mid, double by_rad, Out out, int64_t n) {
    for (int64_t i = 0; i < n; i++) out[i] = (rad[i] * by_rad + size_of(mid[i]) * by_mid) + TINY;
}

/* balls.settle: the last line of Theorems 4.4 and 4.5, in place; offset has p entries */
void fpverify_settle(Out mid, Out rad, In offset, double factor, int64_t rows, int64_t p) {
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < p; j++) {
            double m = mid[i * p + j], r = (rad[i * p + j] + offset[j]) * factor + FLOOR;
            int known = usable(m, r);
            mid[i * p + j] = known ? m : 0.0;
            rad[i * p + j] = known ? r : INF;
        }
    }
}

static inline double or_zero(double x) { return x == x ? x : 0.0; }

/* elementwise.mul, Theorem 2.4, of two vectors of n */
static inline void multiply(In lo, In hi, In low, In high, Out out_lo, Out out_hi, int64_t n) {
    for (int64_t j = 0; j < n; j++) {
        double a = lo[j], b = hi[j], e = low[j], f = high[j];
        double p = or_zero(a * e), q = or_zero(a * f), r = or_zero(b * e), s = or_zero(b * f);
        double l = next_down(least(least(p, q), least(r, s)));
        double h = next_up(greatest(greatest(p, q), greatest(r, s)));
        int zero = ((a == 0) & (b == 0)) | ((e == 0) & (f == 0));
        int positive = ((a >= 0) & (e >= 0)) | ((b <= 0) & (f <= 0)) | zero;
        int negative = ((a >= 0) & (f <= 0)) | ((b <= 0) & (e >= 0)) | zero;
        out_lo[j] = positive ? greatest(l, 0.0) : l;
        out_hi[j] = negative ? least(h, 0.0) : h;
    }
}

/*
 * The rows of d x n matrices times a vector of n, for each box; *shared* says that one matrix serves all boxes. 1 if
 * nothing was done.
 */
int fpverify_scale(In lo, In hi, int64_t shared, In low, In high, Out out_lo, Out out_hi, int64_t batch, int64_t d,
                   int64_t n) {
    int64_t size = (shared ? 1 : batch) * d * n;
    if (any_nan(lo, size) || any_nan(hi, size) || any_nan(low, batch * n) || any_nan(high, batch * n)) return 1;
    for (int64_t row = 0; row < batch * d; row++) {
        int64_t from = (shared ? row % d : row) * n, by = row / d * n;
        multiply(lo + from, hi + from, low + by, high + by, out_lo + row * n, out_hi + row * n, n);
    }
    return 0;
}
