/* defer_queue.pml - the way of a head from who defers it to who calls it back (DeferQueue Q1-Q4, Watcher, Reclaimer P1-P2):
 * owner-local lists without fences, theft of what idle threads hold back, a producer that assists, a watcher that goes to sleep.
 * Stores of a producer go through its store buffer (TSO); a CAS drains it; the thief's and the sleeper's heavy fence drains all.
 *
 * producer  busy = 1; [light fence: nothing]; stealing? -> busy = 0, push the head by CAS, look at watched
 *           else first = head + first; busy = 0; was the list empty and watched = 0 -> wake; list long -> hand it over, perhaps assist
 * hand over (owner while busy and not stealing, or thief): push first by CAS, then first = 0
 * thief     stealing = 1; HEAVY; each list whose owner is not busy: hand over; stealing = 0
 * step      (who holds the reclaimer) take all that was pushed into a chain; when its grace period is over, run it
 * watcher   steal, step; nothing left -> watched = 0; HEAVY; anything pushed, held back or taken but not run -> watched = 1, stay awake;
 *           else wait for the signal; after long idleness the thread ends, unless it was woken in between
 * wake      under the lock: watched = 1; no thread -> start one, else signal
 *
 * Checks    every head is taken once; at the end all have been run (a lost wake-up shows as an invalid end state).
 * BUGS: -DNO_FENCE_F    theft without the heavy fence           -DNO_FENCE_H   sleeping without it
 *       -DNO_BUSY       the thief does not look at busy         -DOWNER_BLIND  the owner does not look at stealing
 *       -DCLEAR_FIRST   the owner clears first before the push  -DNO_RECHECK   sleeps without a second look
 *       -DLOOK_FIRST    the second look comes before watched = 0
 *       -DDIE_BLIND     the thread ends without looking at watched again
 *       -DCHAINS_UNSEEN the second look leaves out what was taken and waits for its grace period: an assisting producer took it
 *       -DWAKE_PUSHED   a waker looks at watched before its head is in the list
 */
#define NP 2
#define HEADS 2                           /* heads that a producer defers */
#define LONG 2                            /* heads that make a list long */
#ifdef UNEVEN                             /* the second producer defers one head only */
#define ALL 7
#define LAST(p) (2 - (p))
#else
#define ALL 15
#define LAST(p) 2
#endif
#define BIT(p,n) (1 << ((p)*HEADS + (n)))

byte first[NP];                           /* lists: sets of heads */
bool busy[NP];
bool stealing;
bool watched;
byte pushed, chain, run_;
bool held, signal, alive;
byte going = NP;                          /* producers that are not done */
chan sb[NP] = [4] of { byte };            /* buffered stores: list + 64 * (0 first, 1 busy) */
byte own[NP];                             /* first as its owner sees it, while stores of it are buffered */
byte buffered[NP];                        /* how many */
hidden byte hv, hi;

#define BUSY(p,v) sb[p]!(64 + (v))
inline apply(p) {                         /* one buffered store of p takes effect */
  sb[p]?hv;
  if
  :: hv >= 64 -> busy[p] = hv - 64
  :: else -> first[p] = hv; buffered[p]--; if :: buffered[p] == 0 -> own[p] = 0 :: else fi
  fi;
  hv = 0
}
inline drain(p) { do :: nempty(sb[p]) -> apply(p) :: empty(sb[p]) -> break od }
inline heavy() { d_step { drain(0); drain(1) } }
#define FIRST(p) (buffered[p] > 0 -> own[p] : first[p])
#define RECHECK_CHAINS (chain != 0)
#ifdef CHAINS_UNSEEN
#undef RECHECK_CHAINS
#define RECHECK_CHAINS false
#endif
#define WORK (pushed != 0 || first[0] != 0 || first[1] != 0)

inline push(set) { d_step { assert(((pushed | chain | run_) & (set)) == 0); pushed = pushed | (set) } }
inline wake() { atomic { if :: !watched -> watched = true; if :: alive -> signal = true :: else -> alive = true fi :: else fi } }
inline step() {                           /* by the holder; whether the grace period is over is not his choice */
  d_step { chain = chain | pushed; pushed = 0 }
  if
  :: atomic { chain != 0 -> run_ = run_ | chain; chain = 0 }
  :: skip
  fi
}

proctype Hardware() {
end:
  do
  :: d_step { nempty(sb[0]) -> apply(0) }
  :: d_step { nempty(sb[1]) -> apply(1) }
  od
}

proctype Producer(byte p) {
  byte n, f;
  bool empty_;
  do
  :: n < LAST(p) ->
     BUSY(p,1);
     if
#ifndef OWNER_BLIND
     :: stealing ->
        BUSY(p,0);
        d_step { drain(p); f = BIT(p,n); }
        push(f); f = 0;
        if :: !watched -> wake() :: else fi
     :: else ->
#else
     :: true ->
#endif
#ifdef WAKE_PUSHED
        empty_ = !watched;
#endif
        f = FIRST(p);
        atomic { sb[p]!(f | BIT(p,n)); own[p] = f | BIT(p,n); buffered[p]++ };
        BUSY(p,0);
#ifdef WAKE_PUSHED
        if :: f == 0 && empty_ -> wake() :: else fi; empty_ = false;
#else
        if :: f == 0 && !watched -> wake() :: else fi;
#endif
        f = 0;
        if
        :: n + 1 == LONG ->               /* hand it over */
           BUSY(p,1);
           if
#ifndef OWNER_BLIND
           :: stealing -> skip
           :: else ->
#else
           :: true ->
#endif
              f = FIRST(p);
              if
              :: f != 0 ->
#ifdef CLEAR_FIRST
                 atomic { sb[p]!0; own[p] = 0; buffered[p]++ };
#endif
                 d_step { drain(p) };
                 push(f);
#ifndef CLEAR_FIRST
                 atomic { sb[p]!0; own[p] = 0; buffered[p]++ };
#endif
                 f = 0
              :: else
              fi
           fi;
           BUSY(p,0);
           if
           :: atomic { !held -> held = true }; step(); held = false       /* assist */
           :: skip
           fi
        :: else
        fi
     fi;
     n++
  :: else -> break
  od;
  going--
}

inline take(p) {
  if
#ifndef NO_BUSY
  :: busy[p] -> skip
#endif
  :: else ->
     f = first[p];
     if
     :: f != 0 ->
        push(f); first[p] = 0
     :: else
     fi;
     f = 0
  fi
}

proctype Watcher() {
  byte f;
  bool worked;
dead:
  if :: alive -> skip :: going == 0 && run_ == ALL -> goto over fi;
awake:
  worked = true;
  if
  :: atomic { !held -> held = true };
     if
     :: first[0] != 0 || first[1] != 0 ->
        stealing = true;
#ifndef NO_FENCE_F
        heavy();
#endif
        take(0); take(1);
        stealing = false
     :: else
     fi;
     step();
     worked = (chain != 0 || WORK);
     held = false
  :: held -> skip                         /* somebody else is at it */
  fi;
  if
  :: worked -> goto awake
  :: else
  fi;
#ifdef LOOK_FIRST
  if :: WORK || RECHECK_CHAINS -> goto awake :: else fi;
#endif
  watched = false;
#ifndef NO_FENCE_H
  heavy();
#endif
#if !defined(NO_RECHECK) && !defined(LOOK_FIRST)
  if
  :: WORK || RECHECK_CHAINS -> watched = true; goto awake
  :: else
  fi;
#endif
  if
  :: atomic { signal -> signal = false }; goto awake
  :: skip;                                /* idle for long */
#ifdef DIE_BLIND
     alive = false
#else
     atomic { if :: watched -> goto awake :: else -> alive = false fi }
#endif
  :: going == 0 && run_ == ALL -> goto over
  fi;
  goto dead;
over:
  skip
}

init { atomic { run Hardware(); run Producer(0); run Producer(1); run Watcher() } }
