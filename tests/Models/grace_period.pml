/* rcu_asym.pml - grace period with asymmetric barrier: readers use PLAIN stores
 * to announce, the writer uses a process-wide barrier (membarrier /
 * Interlocked.MemoryBarrierProcessWide).  Reader stores go through an explicit
 * x86-TSO store buffer (a FIFO drained at any time by the "hardware").
 *
 * ALGO:  -DEPOCH  (default) monotonic 64-bit style epoch, one scan
 *        -DFLIP1  one phase bit, one flip        (expected: BROKEN)
 *        -DFLIP2  one phase bit, two flips       (liburcu)
 * BUGS:  -DNO_BARRIER        no process-wide barrier (expected: UAF)
 *        -DBUMP_FIRST        epoch bumped/stamped before the unlink (expected: UAF)
 *        -DFENCED_READER     reader has a full fence (with NO_BARRIER: OK again)
 *        -DNO_WAIT           scan once and do not wait (expected: UAF)
 *        -DREG_LATE          registers in the list only after reading the pointer (expected: UAF)
 */
#ifndef NREADERS
#define NREADERS 2
#endif
#ifndef NITER
#define NITER 2
#endif
#ifndef NGP
#define NGP 2
#endif
#define NOBJ (NGP+1)
#define SBLEN 2

byte gp = 1;
byte slot[NREADERS];          /* memory image of the reader slots; 0 = quiescent */
bool listed[NREADERS];        /* registered for the scan */
byte cur = 0;                 /* published object */
bool freed[NOBJ];
chan sb[NREADERS] = [SBLEN] of { byte };

proctype StoreBuffer(byte r) {
  byte v;
endSB:
  do
  :: atomic { sb[r]?v -> slot[r] = v; v = 0 }
  od
}

#define FENCE(r)  (empty(sb[r]))

/* every CPU runs a full fence at some moment between call and return */
inline process_barrier() {
#ifndef NO_BARRIER
  i = 0;
  do
  :: i < NREADERS ->
       d_step { do
         :: nempty(sb[i]) -> sb[i]?v; slot[i] = v
         :: empty(sb[i]) -> break
         od; v = 0; i++ }
  :: else -> i = 0; break
  od
#else
  skip
#endif
}

inline wait_readers(want) {
  i = 0;
  do
  :: i < NREADERS ->
#ifdef EPOCH
#ifdef NO_WAIT
     i++
#else
     (!listed[i] || slot[i] == 0 || slot[i] >= want); i++
#endif
#else
     (!listed[i] || slot[i] == 0 || slot[i] == want); i++
#endif
  :: else -> i = 0; break
  od
}

proctype Reader(byte r) {
  byte e, p, n;
#ifndef REG_LATE
  listed[r] = true;
#endif
  do
  :: n < NITER ->
     e = gp;                    /* load the epoch ... may be stalled here for long */
     sb[r]!e;                   /* ... PLAIN store of the announcement */
#ifdef FENCED_READER
     FENCE(r);
#endif
     p = cur;                   /* load the protected pointer */
#ifdef REG_LATE
     listed[r] = true;
#endif
     assert(!freed[p]);         /* use */
     assert(!freed[p]);         /* use later */
     sb[r]!0;                   /* exit: plain (on TSO) / release store */
     n++; p = 0; e = 0
  :: else -> break
  od
}

proctype Writer() {
  byte old, i, v, k;
  do
  :: k < NGP ->
#ifdef BUMP_FIRST
     gp++;
#endif
     atomic { old = cur; cur = k + 1 }        /* unlink (publish a new object) */
#ifdef EPOCH
#ifndef BUMP_FIRST
     gp++;
#endif
     process_barrier();
     wait_readers(gp);
#endif
#ifdef FLIP1
     process_barrier();
     gp = 3 - gp;
     process_barrier();
     wait_readers(gp);
#endif
#ifdef FLIP2
     process_barrier();
     gp = 3 - gp;
     process_barrier();
     wait_readers(gp);
     process_barrier();
     gp = 3 - gp;
     process_barrier();
     wait_readers(gp);
#endif
     freed[old] = true;
     k++
  :: else -> break
  od
}

init {
  byte r;
  atomic {
    do
    :: r < NREADERS -> run StoreBuffer(r); run Reader(r); r++
    :: else -> break
    od;
    run Writer()
  }
}
