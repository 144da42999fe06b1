/* grace_coalescing.pml - several updaters and the reclaimer share one epoch engine (GracePeriod, G1-G6).
 *
 * words    epoch      stepped by whoever starts a grace period
 *          fenced     the last epoch behind which a process-wide barrier lies (raised, never lowered)
 *          completed  the last epoch that no open section precedes (raised, never lowered)
 * reader   e = epoch; announce e by a PLAIN store; loads; leave by a store of 0.  Stores go through a store buffer (TSO).
 * updater  unlink (a plain store here: the weakest case); full fence; cookie = epoch + 1; if epoch < cookie start: epoch++, process-wide
 *          barrier, raise fenced; poll until completed >= cookie: read fenced, scan the slots one by one, raise completed to
 *          min(fenced, oldest announcement); free.  Who finds the period that he needs started by another only polls.
 *
 * Checks   no reader sees a freed object; completed never passes fenced; every updater gets done.
 * BUGS: -DROUND_DOWN        cookie = the current epoch: a period under way counts
 *       -DSNAPSHOT_FIRST    cookie taken before the unlink
 *       -DNO_SNAPSHOT_FENCE the unlink may still sit in the store buffer when the epoch is read
 *       -DFENCED_EARLY      fenced is raised before the barrier
 *       -DTRUST_EPOCH       the poll takes epoch for fenced: another starter's barrier may be still to come
 *       -DFENCED_AFTER_SCAN the poll reads fenced after its scan
 *       -DNO_BARRIER
 * REACH: -DSEEN_SHARED      fails when two updaters were served by one period: shows that sharing happens
 *        -DSEEN_LATE        fails when a reader announced an old epoch late (G4): shows that it happens
 */
#ifndef NR
#define NR 2
#endif
#ifndef NU
#define NU 2
#endif
#ifndef SECTIONS
#define SECTIONS 1
#endif
byte epoch = 1;
byte fenced = 1;
byte completed = 1;
byte slot[NR];                            /* announcement in memory, 0 = quiescent */
bool unlinked[NU];                        /* updater u's object, in memory */
bool freed[NU];
byte starts;
chan rb[NR] = [2] of { byte };            /* readers' store buffers */
bool ub[NU];                              /* updater's buffered unlink */
hidden byte hv, hi;

inline raise(word, v) { if :: word < (v) -> word = (v) :: else fi }

inline barrier() {                        /* every processor runs a full fence between call and return */
#ifndef NO_BARRIER
  d_step {
    hi = 0;
    do
    :: hi < NR -> do :: nempty(rb[hi]) -> rb[hi]?hv; slot[hi] = hv :: empty(rb[hi]) -> break od; hi++
    :: else -> break
    od;
    hi = 0;
    do
    :: hi < NU -> if :: ub[hi] -> unlinked[hi] = true; ub[hi] = false :: else fi; hi++
    :: else -> break
    od;
    hv = 0; hi = 0
  }
#else
  skip
#endif
}

proctype Hardware() {                     /* drains store buffers whenever it likes */
end:
  do
  :: atomic { nempty(rb[0]) -> rb[0]?hv; slot[0] = hv; hv = 0 }
#if NR > 1
  :: atomic { nempty(rb[1]) -> rb[1]?hv; slot[1] = hv; hv = 0 }
#endif
  :: atomic { ub[0] -> unlinked[0] = true; ub[0] = false }
#if NU > 1
  :: atomic { ub[1] -> unlinked[1] = true; ub[1] = false }
#endif
  od
}

proctype Reader(byte r) {
  byte e, n, o;
  bool held[NU];
  do
  :: n < SECTIONS ->
     e = epoch;                           /* may be stopped here for long */
#ifdef SEEN_LATE
     assert(epoch <= e + 1);
#endif
     rb[r]!e;                             /* A: announce */
     o = 0;
     do
     :: o < NU -> held[o] = !unlinked[o]; o++                    /* loads: who still finds the object holds it */
     :: else -> o = 0; break
     od;
     skip;
     d_step { o = 0; do :: o < NU -> assert(!held[o] || !freed[o]); o++ :: else -> break od; o = 0 }
     d_step { o = 0; do :: o < NU -> assert(!held[o] || !freed[o]); held[o] = false; o++ :: else -> break od; o = 0; e = 0 }
     rb[r]!0;                             /* C: leave */
     n++
  :: else -> break
  od
}

proctype Updater(byte u) {
  byte cookie, f, i, oldest;
  bool own;
#ifdef SNAPSHOT_FIRST
  cookie = epoch + 1;
#endif
  ub[u] = true;                           /* unlink */
#ifndef NO_SNAPSHOT_FENCE
  !ub[u];                                 /* fence */
#endif
#ifdef ROUND_DOWN
  cookie = epoch;
#endif
#if !defined(SNAPSHOT_FIRST) && !defined(ROUND_DOWN)
  cookie = epoch + 1;
#endif
  if
  :: epoch < cookie ->                    /* not started: start it (two may do so at once) */
     d_step { epoch++; own = true; starts++; f = epoch }
#ifdef FENCED_EARLY
     d_step { raise(fenced, f) }
#endif
     barrier();                           /* B */
     d_step { raise(fenced, f); f = 0 }
  :: else
  fi;
  do
  :: completed >= cookie -> break
  :: else ->
#ifdef TRUST_EPOCH
     f = epoch;
#else
#ifndef FENCED_AFTER_SCAN
     f = fenced;
#endif
#endif
     i = 0; oldest = 255;
     do
     :: i < NR -> d_step { if :: slot[i] != 0 && slot[i] < oldest -> oldest = slot[i] :: else fi; i++ }      /* D: one load */
     :: else -> i = 0; break
     od;
#ifdef FENCED_AFTER_SCAN
     f = fenced;
#else
     skip;
#endif
     d_step {
       if :: oldest < f -> f = oldest :: else fi;
       raise(completed, f);
#ifndef TRUST_EPOCH
       assert(completed <= fenced);
#endif
       f = 0; oldest = 0
     }
     if
     :: completed < cookie -> (completed >= cookie || slot[0] != 0 || fenced < epoch || completed < fenced
#if NR > 1
          || slot[1] != 0
#endif
          )                               /* do not spin when nothing can have changed */
     :: else
     fi
  od;
  freed[u] = true;
#ifdef SEEN_SHARED
  assert(own || !freed[1 - u]);
#endif
}

init {
  byte p;
  atomic {
    run Hardware();
    do :: p < NR -> run Reader(p); p++ :: else -> p = 0; break od;
    do :: p < NU -> run Updater(p); p++ :: else -> p = 0; break od
  }
}
