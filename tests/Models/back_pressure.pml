/* back_pressure.pml - producers that wait for room (CapacityGate), the reclaimer that makes it, a reader that delays it.
 *
 * producer  room? defer.  Else waiters++ (a full fence), and again: room? defer.  Else under the lock: room? defer, else Monitor.Wait.
 *           Inside a section nobody waits: such a head goes above the cap.
 * reclaimer takes what is pending, waits until every section that is open then has ended, runs it: pending goes down (a full fence);
 *           any waiters -> pulse all, under the lock
 *
 * Checks    every head is run, every producer gets done (a lost signal or a deadlock shows as an invalid end state);
 *           pending <= CAP + 1 + BEYOND, the 1 being the head from inside a section.  Look and defer are two steps, so every further
 *           producer may pass the cap by one head: BEYOND = NP - 1.  With -DRESERVE the look raises pending at once: BEYOND = 0.
 * BUGS: -DWAIT_IN_SECTION  a producer waits inside its section: the grace period waits for him, and he for it
 *       -DNO_RELOOK        no look under the lock: a signal between look and wait is lost   (with -DTIMED, a wait that times out: ok)
 *       -DWAITERS_LATE     waiters++ after the last look
 *       -DSIGNAL_FIRST     the reclaimer looks for waiters before it has made room
 *       -DBEYOND=0         without -DRESERVE: takes the cap for exact
 */
#ifndef NP
#define NP 3
#endif
#ifndef CAP
#define CAP 2
#endif
#define HEADS 2
#ifndef BEYOND
#ifdef RESERVE
#define BEYOND 0
#else
#define BEYOND (NP - 1)
#endif
#endif
byte pending, finished;
byte waiters;
byte asleep;                              /* who is in Monitor.Wait, one bit each */
bool lock;
bool in[NP];                              /* open sections */

#ifdef RESERVE
#define LOOK  atomic { ok = (pending < CAP); if :: ok -> pending++; assert(pending <= CAP + 1 + BEYOND) :: else fi }
#define DEFER if :: !ok -> d_step { pending++; assert(pending <= CAP + 1 + BEYOND) } :: else fi
#else
#define LOOK  ok = (pending < CAP)
#define DEFER d_step { pending++; assert(pending <= CAP + 1 + BEYOND) }
#endif

proctype Producer(byte p) {
  byte n;
  bool ok;
  do
  :: n < HEADS ->
     in[p] = (p == 0 && n == 0);          /* the first head comes from inside a section */
     LOOK;
     if
     :: ok -> skip
#ifdef WAIT_IN_SECTION
     :: !ok ->
#else
     :: !ok && in[p] -> skip
     :: !ok && !in[p] ->
#endif
#ifndef WAITERS_LATE
        waiters++;
#endif
        do
        :: ok -> break
        :: else ->
           LOOK;
           if
           :: ok -> break
           :: else
           fi;
           atomic { !lock -> lock = true };
#ifndef NO_RELOOK
           LOOK;
#endif
#ifdef WAITERS_LATE
           waiters++;
#endif
           if
           :: ok -> lock = false
           :: else ->
              d_step { asleep = asleep | (1 << p); lock = false };
              if
              :: (asleep & (1 << p)) == 0
#ifdef TIMED
              :: d_step { asleep = asleep & (255 - (1 << p)) }
#endif
              fi
           fi
#ifdef WAITERS_LATE
           ; waiters--
#endif
        od
#ifndef WAITERS_LATE
        ; waiters--
#else
        ; skip
#endif
     fi;
     DEFER;
     in[p] = false; ok = false; n++
  :: else -> break
  od
}

inline signal() {
  if
  :: waiters != 0 -> atomic { !lock -> lock = true }; asleep = 0; lock = false
  :: else
  fi
}

proctype Reclaimer() {
  byte i, taken, open;
  do
  :: finished < NP * HEADS ->
     pending > 0;
     d_step { taken = pending; i = 0; open = 0; do :: i < NP -> if :: in[i] -> open = open | (1 << i) :: else fi; i++ :: else -> break od; i = 0 };
     do                                   /* grace period */
     :: i < NP -> ((open & (1 << i)) == 0 || !in[i]); i++
     :: else -> i = 0; break
     od;
#ifdef SIGNAL_FIRST
     signal();
#else
     skip;
#endif
     d_step { pending = pending - taken; finished = finished + taken; taken = 0; open = 0 }
#ifndef SIGNAL_FIRST
     ; signal()
#endif
  :: else -> break
  od
}

init {
  byte p;
  atomic { run Reclaimer(); do :: p < NP -> run Producer(p); p++ :: else -> p = 0; break od }
}
