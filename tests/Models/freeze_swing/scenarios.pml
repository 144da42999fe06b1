/* ---- scenarios: T(process, step, operation, key, value) ---- */
#define BK(id,k0,v0) st[id] = USED; kw[(id)*NL] = k0 + 1; vw[(id)*NL] = v0; abs[k0] = v0
#define B2(id,k1,v1) kw[(id)*NL+1] = k1 + 1; vw[(id)*NL+1] = v1; abs[k1] = v1
#define DR(id,s,h,w0,w1) st[NB+id] = USED; sh[id] = s; have[id] = h; slot[1+2*id] = w0; slot[2+2*id] = w1
#define DW(id) (NB + 1 + id)
#define T(m,i,o,kk,vv) :: me == m && n == i -> op = o; key = kk; val = vv
#define NP 4                              /* the reader is the last one */
#ifdef S1                                 /* two inserters of one key, a remover, a reader, one bucket */
#if VAR == 0                              /* another key keeps the bucket alive, two free lanes */
#undef NL
#define NL 3
inline setup() { BK(0,5,3); slot[0] = 1 }
inline script() { if T(0,0,ADD,1,1) T(0,1,SET,1,3) T(1,0,ADD,1,2) T(2,0,REM,1,0) T(2,1,REM,1,0) T(3,0,GET,1,0) T(3,1,GET,1,0) :: else fi }
#endif
#if VAR == 1                              /* bucket made and unlinked on the way, value put again in the same lane */
inline setup() { skip }
inline script() { if T(0,0,ADD,1,1) T(0,1,SET,1,3) T(1,0,ADD,1,2) T(2,0,REM,1,0) T(2,1,REM,1,0) T(3,0,GET,1,0) T(3,1,GET,1,0) :: else fi }
#endif
#if VAR == 2                              /* a third key grows the bucket meanwhile */
inline setup() { BK(0,5,3); slot[0] = 1 }
inline script() { if T(0,0,ADD,1,1) T(1,0,ADD,1,2) T(1,1,ADD,6,1) T(2,0,REM,1,0) T(2,1,REM,5,0) T(3,0,GET,1,0) :: else fi }
#endif
#endif
#ifdef S2                                 /* an insert that grows a full bucket, overwrites in place, reader */
inline setup() { BK(0,0,1); B2(0,1,1); slot[0] = 1 }
#if VAR == 0
inline script() { if T(0,0,ADD,4,1) T(1,0,SET,0,2) T(1,1,SET,0,3) T(2,0,REM,1,0) T(2,1,ADD,1,2) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 1                              /* two growers of different keys, overwrite, remove */
inline script() { if T(0,0,ADD,4,1) T(1,0,ADD,2,1) T(2,0,SET,0,2) T(2,1,REM,0,0) T(3,0,GET,0,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 2                              /* two growers of one key; value taken away and put again meanwhile */
inline script() { if T(0,0,ADD,4,1) T(1,0,ADD,4,2) T(2,0,REM,0,0) T(2,1,SET,0,2) T(3,0,GET,0,0) T(3,1,GET,4,0) :: else fi }
#endif
#endif
#ifdef S3                                 /* remove-last unlinks, inserts, reader */
inline setup() { BK(0,0,1); slot[0] = 1 }
#if VAR == 0
inline script() { if T(0,0,REM,0,0) T(0,1,ADD,0,2) T(1,0,ADD,1,1) T(1,1,REM,1,0) T(2,0,GET,1,0) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 1                              /* same key */
inline script() { if T(0,0,REM,0,0) T(0,1,REM,0,0) T(1,0,ADD,0,2) T(1,1,SET,0,3) T(2,0,ADD,0,1) T(3,0,GET,0,0) T(3,1,GET,0,0) :: else fi }
#endif
#if VAR == 2                              /* three writers */
inline script() { if T(0,0,REM,0,0) T(0,1,ADD,0,2) T(1,0,ADD,1,1) T(1,1,REM,1,0) T(2,0,SET,0,3) T(2,1,REM,0,0) T(3,0,GET,0,0) :: else fi }
#endif
#endif
#ifdef S4                                 /* split above a bucket with a prefix, against replace of that bucket */
#define LEAFPRE
inline setup() { BK(0,0,1); B2(0,1,1); slot[0] = 1 }
#if VAR == 0                              /* unlink of the emptied child; split above taken back (P: C, D, C again) */
inline script() { if T(0,0,ADD,4,1) T(0,1,REM,4,0) T(1,0,REM,0,0) T(2,0,REM,1,0) T(2,1,SET,1,2) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 1                              /* growth of the child */
inline script() { if T(0,0,ADD,4,1) T(0,1,REM,4,0) T(1,0,ADD,2,1) T(2,0,SET,0,2) T(2,1,REM,1,0) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 2                              /* two splitters for one key */
inline script() { if T(0,0,ADD,4,1) T(1,0,ADD,4,2) T(1,1,REM,4,0) T(2,0,REM,0,0) T(2,1,REM,1,0) T(3,0,GET,1,0) T(3,1,GET,4,0) :: else fi }
#endif
#endif
#ifdef S5                                 /* collapse of a directory with one child left */
#if VAR == 0                              /* against overwrite and insert below, and split above */
inline setup() { DR(0,1,0,1,2); BK(0,0,1); BK(1,2,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(1,0,SET,0,2) T(1,1,ADD,3,1) T(2,0,ADD,4,1) T(3,0,GET,0,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 1                              /* both children emptied, one refilled, split above taken back */
inline setup() { DR(0,1,0,1,2); BK(0,0,1); BK(1,2,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(1,0,REM,0,0) T(1,1,ADD,0,2) T(2,0,ADD,4,1) T(2,1,REM,4,0) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 2                              /* two levels collapse at the same time, overwrite and insert below */
inline setup() { DR(0,2,0,DW(1),3); DR(1,1,0,1,2); BK(0,0,1); BK(1,2,1); BK(2,4,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(1,0,REM,4,0) T(2,0,SET,0,2) T(2,1,ADD,2,2) T(3,0,GET,0,0) T(3,1,GET,2,0) :: else fi }
#endif
#if VAR == 3                              /* everything removed from two levels, other things put back */
inline setup() { DR(0,2,0,DW(1),3); DR(1,1,0,1,2); BK(0,0,1); BK(1,2,1); BK(2,4,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(0,1,ADD,2,3) T(1,0,REM,4,0) T(1,1,ADD,5,1) T(2,0,REM,0,0) T(2,1,ADD,1,2) T(3,0,GET,2,0) :: else fi }
#endif
#if VAR == 4                              /* the child that moves up is itself emptied and replaced */
inline setup() { DR(0,1,0,1,2); BK(0,0,1); B2(0,1,1); BK(1,2,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(1,0,ADD,3,1) T(1,1,REM,3,0) T(2,0,REM,0,0) T(2,1,REM,1,0) T(3,0,GET,1,0) :: else fi }
#endif
#if VAR == 5                              /* as 1, small enough for the reader */
inline setup() { DR(0,1,0,1,2); BK(0,0,1); BK(1,2,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(1,0,REM,0,0) T(1,1,ADD,0,2) T(2,0,ADD,4,1) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 6                              /* as 4, small enough for the reader; the child grows */
inline setup() { DR(0,1,0,1,2); BK(0,0,1); B2(0,1,1); BK(1,2,1); slot[0] = DW(0) }
inline script() { if T(0,0,REM,2,0) T(1,0,ADD,5,1) T(2,0,REM,0,0) T(2,1,SET,1,2) T(3,0,GET,1,0) :: else fi }
#endif
#endif
#ifdef S6                                 /* all keys of a bucket's window removed by freezing, against writers and split above */
#define LEAFPRE
inline setup() { BK(0,0,1); B2(0,1,1); slot[0] = 1 }
#if VAR == 0
inline script() { if T(0,0,RNG,0,0) T(1,0,SET,0,2) T(1,1,REM,0,0) T(2,0,REM,1,0) T(2,1,ADD,1,2) T(3,0,GET,0,0) T(3,1,GET,1,0) :: else fi }
#endif
#if VAR == 1
inline script() { if T(0,0,RNG,0,0) T(0,1,ADD,0,3) T(1,0,SET,0,2) T(1,1,REM,1,0) T(2,0,ADD,4,1) T(2,1,REM,4,0) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 2
inline script() { if T(0,0,RNG,0,0) T(1,0,RNG,0,0) T(1,1,ADD,1,2) T(2,0,ADD,4,1) T(2,1,SET,0,2) T(3,0,GET,0,0) :: else fi }
#endif
#endif
#ifdef S7                                 /* a directory is merged with its two buckets */
inline setup() { DR(0,1,0,1,2); BK(0,0,1); BK(1,2,1); slot[0] = DW(0) }
#if VAR == 0                              /* against overwrite in place, a new key, a removal, a reader */
inline script() { if T(0,0,MRG,0,0) T(1,0,SET,0,2) T(1,1,ADD,3,1) T(2,0,REM,2,0) T(3,0,GET,0,0) T(3,1,GET,2,0) :: else fi }
#endif
#if VAR == 1                              /* two mergers, an overwrite, a key above */
inline script() { if T(0,0,MRG,0,0) T(1,0,MRG,2,0) T(2,0,SET,2,2) T(2,1,ADD,4,1) T(3,0,GET,2,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 3                              /* as 0, small enough for the reader and for refused memory */
inline script() { if T(0,0,MRG,0,0) T(1,0,ADD,3,1) T(2,0,REM,2,0) T(3,0,GET,2,0) :: else fi }
#endif
#if VAR == 2                              /* all is removed */
inline script() { if T(0,0,MRG,0,0) T(1,0,REM,0,0) T(1,1,ADD,0,3) T(2,0,REM,2,0) T(2,1,MRG,0,0) T(3,0,GET,0,0) :: else fi }
#endif
#endif
