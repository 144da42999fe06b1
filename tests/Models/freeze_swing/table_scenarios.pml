/* table_scenarios.pml - directories over leaf tables (-DTABLES): a node has no key lanes, its words stand for two neighbouring keys.
 * A leaf table under a skip carries a prefix; directories have shift 1 or 2.  T(process, step, operation, key, value) */
#define LF(id,k0,v0,v1) st[id] = USED; kw[(id)*NL] = k0 + 1; kw[(id)*NL+1] = k0 + 2; vw[(id)*NL] = v0; vw[(id)*NL+1] = v1; abs[k0] = v0; abs[k0+1] = v1
#define DR(id,s,h,w0,w1) st[NB+id] = USED; sh[id] = s; have[id] = h; slot[1+2*id] = w0; slot[2+2*id] = w1
#define DW(id) (NB + 1 + id)
#define T(m,i,o,kk,vv) :: me == m && n == i -> op = o; key = kk; val = vv
#define NP 4                              /* the reader is the last one */
#ifdef T1                                 /* one leaf table: the last values go while others come */
#if VAR == 0                              /* two removers of the last two values (F8) */
inline setup() { LF(0,0,1,1); slot[0] = 1 }
inline script() { if T(0,0,REM,0,0) T(1,0,REM,1,0) T(1,1,ADD,1,2) T(2,0,SET,0,2) T(3,0,GET,0,0) T(3,1,GET,1,0) :: else fi }
#endif
#if VAR == 1                              /* three writers, emptied and filled again */
inline setup() { LF(0,0,1,0); slot[0] = 1 }
inline script() { if T(0,0,REM,0,0) T(0,1,ADD,0,2) T(1,0,ADD,1,1) T(1,1,REM,1,0) T(2,0,SET,0,3) T(2,1,REM,0,0) T(3,0,GET,0,0) :: else fi }
#endif
#if VAR == 3                              /* nobody puts anything back: the emptied leaf may not stay */
inline setup() { LF(0,0,1,1); slot[0] = 1 }
inline script() { if T(0,0,REM,0,0) T(1,0,REM,1,0) T(2,0,SET,0,2) T(2,1,REM,0,0) T(3,0,GET,0,0) T(3,1,GET,1,0) :: else fi }
#endif
#if VAR == 2                              /* born and unlinked on the way */
inline setup() { skip }
inline script() { if T(0,0,ADD,1,1) T(0,1,SET,1,3) T(1,0,ADD,1,2) T(1,1,REM,0,0) T(2,0,REM,1,0) T(2,1,ADD,0,1) T(3,0,GET,1,0) T(3,1,GET,0,0) :: else fi }
#endif
#endif
#ifdef T2                                 /* split above a leaf table and above a directory */
#if VAR == 0                              /* against unlinking the emptied leaf; split taken back (P: C, D, C again) */
inline setup() { LF(0,0,1,1); slot[0] = 1 }
inline script() { if T(0,0,ADD,4,1) T(0,1,REM,4,0) T(1,0,REM,0,0) T(2,0,REM,1,0) T(2,1,SET,1,2) T(3,0,GET,0,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 1                              /* two splitters of one key, a third one lower down */
inline setup() { LF(0,0,1,0); slot[0] = 1 }
inline script() { if T(0,0,ADD,4,1) T(1,0,ADD,4,2) T(1,1,REM,4,0) T(2,0,ADD,2,1) T(2,1,REM,0,0) T(3,0,GET,4,0) T(3,1,GET,2,0) :: else fi }
#endif
#if VAR == 2                              /* above a directory with a skip */
inline setup() { DR(0,1,0,1,2); LF(0,0,1,0); LF(1,2,1,0); slot[0] = DW(0) }
inline script() { if T(0,0,ADD,4,1) T(0,1,REM,4,0) T(1,0,ADD,6,1) T(2,0,REM,2,0) T(2,1,SET,0,2) T(3,0,GET,6,0) T(3,1,GET,4,0) :: else fi }
#endif
#endif
#ifdef T3                                 /* a directory over two leaf tables is emptied */
inline setup() { DR(0,1,0,1,2); LF(0,0,1,0); LF(1,2,1,0); slot[0] = DW(0) }
#if VAR == 0
inline script() { if T(0,0,REM,0,0) T(1,0,REM,2,0) T(1,1,ADD,0,2) T(2,0,ADD,4,1) T(3,0,GET,0,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 1
inline script() { if T(0,0,REM,0,0) T(0,1,ADD,2,3) T(1,0,REM,2,0) T(2,0,ADD,3,1) T(2,1,REM,3,0) T(3,0,GET,2,0) :: else fi }
#endif
#if VAR == 2                              /* split above it and taken back meanwhile */
inline script() { if T(0,0,REM,0,0) T(1,0,REM,2,0) T(1,1,ADD,0,2) T(2,0,ADD,4,1) T(2,1,REM,4,0) T(3,0,GET,0,0) :: else fi }
#endif
#endif
#ifdef T4                                 /* two levels of directories */
inline setup() { DR(0,2,0,DW(1),3); DR(1,1,0,1,2); LF(0,0,1,0); LF(1,2,1,0); LF(2,4,1,0); slot[0] = DW(0) }
#if VAR == 0                              /* everything goes at once */
inline script() { if T(0,0,REM,0,0) T(1,0,REM,2,0) T(2,0,REM,4,0) T(2,1,ADD,5,1) T(3,0,GET,4,0) T(3,1,GET,0,0) :: else fi }
#endif
#if VAR == 1                              /* the lower one is emptied and born again below the other */
inline script() { if T(0,0,REM,0,0) T(0,1,REM,2,0) T(1,0,ADD,2,2) T(1,1,ADD,3,1) T(2,0,REM,4,0) T(3,0,GET,2,0) T(3,1,GET,3,0) :: else fi }
#endif
#endif
#ifdef T5                                 /* Trim */
#if VAR == 0                              /* collapse against an insert that fills the free slot, overwrite, split above */
inline setup() { DR(0,1,0,1,0); LF(0,0,1,0); slot[0] = DW(0) }
inline script() { if T(0,0,TRM,0,0) T(1,0,ADD,2,1) T(1,1,REM,2,0) T(2,0,SET,0,2) T(2,1,ADD,4,1) T(3,0,GET,0,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 1                              /* two levels; the child that moves up is emptied; keys that share no prefix with it are looked up */
inline setup() { DR(0,2,0,DW(1),2); DR(1,1,0,1,0); LF(0,0,1,0); LF(1,4,1,0); slot[0] = DW(0) }
inline script() { if T(0,0,TRM,0,0) T(1,0,REM,4,0) T(1,1,TRM,0,0) T(2,0,REM,0,0) T(2,1,ADD,0,2) T(3,0,GET,2,0) T(3,1,GET,4,0) :: else fi }
#endif
#if VAR == 2                              /* two trimmers, a remover, an insert */
inline setup() { DR(0,1,0,1,0); LF(0,0,1,0); slot[0] = DW(0) }
inline script() { if T(0,0,TRM,0,0) T(0,1,TRM,2,0) T(1,0,TRM,0,0) T(2,0,REM,0,0) T(2,1,ADD,2,1) T(3,0,GET,2,0) T(3,1,GET,4,0) :: else fi }
#endif
#endif
#ifdef T6                                 /* a range is removed by freezing */
#if VAR == 0                              /* one leaf table, against overwrite, removal, insert */
inline setup() { LF(0,0,1,1); slot[0] = 1 }
inline script() { if T(0,0,RNG,0,0) T(1,0,SET,0,2) T(1,1,REM,0,0) T(2,0,REM,1,0) T(2,1,ADD,1,2) T(3,0,GET,0,0) T(3,1,GET,1,0) :: else fi }
#endif
#if VAR == 1                              /* two leaf tables and the directory above them, against split above */
inline setup() { DR(0,1,0,1,2); LF(0,0,1,1); LF(1,2,1,0); slot[0] = DW(0) }
inline script() { if T(0,0,RNG,0,0) T(0,1,RNG,2,0) T(1,0,SET,2,2) T(2,0,ADD,4,1) T(2,1,ADD,1,2) T(3,0,GET,0,0) T(3,1,GET,2,0) :: else fi }
#endif
#if VAR == 2                              /* two ranges at once */
inline setup() { LF(0,0,1,1); slot[0] = 1 }
inline script() { if T(0,0,RNG,0,0) T(1,0,RNG,0,0) T(1,1,ADD,1,2) T(2,0,ADD,4,1) T(2,1,SET,0,2) T(3,0,GET,0,0) :: else fi }
#endif
#endif
