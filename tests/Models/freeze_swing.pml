/* freeze_swing.pml - "freeze, copy, swing": replacing a node of a lock-free tree below one parent slot,
 * with values changed in place by one CAS, epoch RCU, helping, split-above and directory collapse.
 *
 * slot[0] is the root slot.  A child word is EMPTY, a bucket or a directory, plus the mark F.
 *   bucket    : NL lanes (key word EMPTY / FROZEN / key ; value word ABSENT / v, plus F), lane 0 is used at birth
 *   directory : 2 slots, a shift and a prefix; the bits above may be skipped (path compression).  Keys have 3 bits.
 * All steps SC.  One run of the big d_step is ONE shared access and the local work after it.  Merged:
 *   read x + CAS that succeeds = one step at the CAS (a CAS that fails changes nothing and only loops);
 *   enter + first read of the root; last access + leave; swing + retire (earlier frees and shorter intervals: harder);
 *   allocation of a new {key} node + its CAS (private until then).      -DFINE takes all of these apart.
 *   A COPY is always its own step, so a copy may be old when its swing is tried.
 *
 * Protocol (no flag)
 *   replace(P,w): FREEZE  each lane: key EMPTY->FROZEN; used lane: value |= F by CAS     directory: each slot |= F by CAS
 *                 COPY    private node from the frozen content WITH THE OPERATION DONE IN IT (nothing left -> EMPTY;
 *                         too much -> directory of buckets).  Directory: no child -> EMPTY, one -> that child, else a copy
 *                 SWING   CAS P: w -> w'.  Winner retires w; if w was a bucket its operation is complete (here it
 *                         linearizes).  Loser discards its private copy, starts at the root again.
 *                 P became EMPTY: if P's directory has at most one child now, replace that directory, and so on up
 *   set, add    : claims lanes in order; full / FROZEN / value with F -> replace.  EMPTY slot: CAS to a new bucket.
 *                 other prefix: split above, CAS P: C -> new directory {C, {key}}.   slot with F: replace its directory
 *   remove      : v->ABSENT in place, node looks empty -> replace.  A swing it lost -> TIDY: walk the key again and
 *                 replace what is frozen there, until a bucket swing is won or nothing frozen is met
 *   add on v|F, remove on ABSENT|F or a FROZEN lane, get anywhere: answer at once, no help
 *
 * Checks
 *   abs[key] ghost abstract value, changed when a writer's CAS succeeds; the old value it answers must be abs[key] then
 *            (lost or doubled insert, remove, overwrite; add succeeds only on an absent key)
 *   seen[p]  the values p's key had since p read the root: get, a failed add, a failed remove must answer one of them
 *   USE      no use after free;  st[]: no double retire;  allocators never run dry (an unbounded retry shows up here)
 *   final    content == abs; nothing allocated but unlinked, nothing retired; no frozen node linked, no empty bucket, no
 *            directory with less than two children
 *   RCU      a node is freed when all sections open at its retire have been left (earliest legal moment); its address is
 *            given out again at once
 *
 *   range (S6)  : each lane v -> ABSENT|F (removed and frozen in one CAS), then replace; meets v|F -> replace, all dropped
 *
 * SCENARIOS -DS1..-DS6 with -DVAR=0..; -DNORD without the reader
 * BUGS: -DNO_VALUE_FREEZE  -DSKIP_LAST_LANE  -DCOPY_BEFORE_FREEZE  -DPLAIN_SWING  -DLOSER_RETIRES  -DNO_RCU
 *       -DFREEZE_BY_STORE  -DCLAIM_ANY_LANE  -DSTALE_PARENT  -DREADER_FROZEN_ABSENT
 *       flaws of the first design: -DRETRY (plain copy, winner starts again: livelock)  -DNO_TIDY (remover that lost its
 *       swing goes away)  -DHELP_LEAVES (tidy ends after a directory swing)  -DCLIMB_EMPTY (directory replaced only when
 *       no child is left)
 *             -DADD_OVERWRITES (add does not look into the frozen content; needs -DEARLY_GROW)
 *       more: -DKEEP_F (copied slots keep the mark)  -DTIDY_REMOVES (tidy walk may remove again)  -DLEAK_COPY  -DNO_CLIMB
 * OTHER: -DEARLY_GROW process 0 replaces instead of claiming the last lane
 *        -DSEEMS_F_LIVE a frozen ABSENT counts as live in "looks empty" (fine)   -DANY_FORM no shape checks at the end
 *        -DQUIET=n at most n swings in a row that complete no operation (holds; with -DRETRY for no n)
 *        -DRMAX=n stop an operation after n restarts (bounds -DRETRY)            -DTRACE for simulation
 */
#ifndef VAR
#define VAR 0
#endif
#ifndef NL
#define NL 2
#endif
#ifndef NB
#define NB 10
#endif
#ifndef ND
#define ND 5
#endif
#define NN (NB + ND)
#ifdef MEM
#define TABLES
#endif
#ifdef TABLES
#define LEAFPRE
#define PRE 1                             /* key bits that a node without key lanes decides */
#define SK 64                             /* child word: bits above the node are skipped */
#undef NL
#define NL 2
#else
#define PRE 2
#define SK 0
#endif
#define NODE(x) ((x) & 63)                /* child word without its marks */
#define F  128
#define EK 0                              /* key lane EMPTY */
#define FK 15                             /* key lane FROZEN; a key k is stored as k+1 */
#define FREE 0
#define USED 1
#define RETD 2
/* operations */
#define GET 1
#define SET 2
#define ADD 3
#define REM 4
#define RNG 5                             /* remove every key of the bucket's window (S6) */
#define TRM 6                             /* Trim on the path to a key: collapse, take away what stands empty */
#define ISREM (op == REM || op == RNG || op == TRM)
/* control */
#define WALK  0
#define NEWB  1
#define SPLIT 2
#define KEY   3
#define VAL   4
#define SEEMS 5
#define FKEY  6
#define FVAL  7
#define COPY  8
#define FDIR  9
#define SWING 10
#define RETR  11
#define CLIMB 12
#define LEAVE 13
#define AGAIN 14
#define END   15
#define STUCK 16
#define ZAP   17

#ifdef TABLES
#include "freeze_swing/table_scenarios.pml"
#else
#include "freeze_swing/scenarios.pml"
#endif
#ifdef NORD                               /* without the reader, which is the last process */
#undef NP
#define NP 3
#endif

byte slot[1 + 2*ND];                      /* slot[0] root; directory i: slots 1+2i, 2+2i */
byte sh[ND]; byte have[ND];
byte kw[NB*NL]; byte vw[NB*NL];
byte st[NN]; byte mask[NN];               /* allocator; sections a retired node waits for */
byte insec;                               /* open sections, one bit per process */
byte running = NP;
byte abs[8];                              /* ghost: abstract value */
byte okey[NP]; byte seen[NP];             /* ghost: key of the current operation + 1, values it had since */

hidden byte c, q, i, j, x, k, a, b, f, p0;        /* scratch, dead between steps */
hidden byte tk[NL+1]; hidden byte tv[NL+1]; hidden byte mk[NN];

#define DIRW(s)  (NB + 1 + ((s) - 1)/2)   /* word of the directory that owns slot s */
#define S0(w)    (1 + 2*((w) - NB - 1))   /* its first slot */
#define DI(w)    ((w) - NB - 1)
#define TOP(w)   ((w) > NB -> sh[DI(w)] : 0)                    /* highest key bit that a node decides */
#define SHIFT(s) ((s) == 0 -> 3 : sh[((s) - 1)/2])              /* ... and its slot's directory */
#ifdef TABLES
#define MARK(s,w) (((w) != 0 && TOP(w) + 1 < SHIFT(s)) -> SK : 0)
#define WORD(s,w) ((w) | MARK(s,w))
#define FIRST_  pc = FVAL
#else
#define WORD(s,w) (w)
#define FIRST_  pc = FKEY
#endif
#define SAME(s,w) (slot[s] < F && NODE(slot[s]) == (w))         /* a CAS compares the mark too; it follows from slot and node */
#define BORN(s,w) WORD(s,w)               /* words that are written: a new leaf, the child below a split and the directory above, a swing */
#define BELOW(s,w) WORD(s,w)
#define ABOVE(s,w) WORD(s,w)
#define SWUNGIN(s,w) WORD(s,w)
#ifdef SKIP_LOST_AT_BIRTH
#undef BORN
#define BORN(s,w) (w)
#endif
#ifdef SKIP_LOST_BELOW
#undef BELOW
#define BELOW(s,w) (w)
#endif
#ifdef SKIP_LOST_ABOVE
#undef ABOVE
#define ABOVE(s,w) (w)
#endif
#ifdef SKIP_LOST_AT_SWING
#undef SWUNGIN
#define SWUNGIN(s,w) (w)
#endif
#define LANE(w,l) (((w) - 1)*NL + (l))
#define USE(w)   assert(st[(w) - 1] != FREE)
#define USEP     if :: d > 0 -> USE(DIRW(ps[d])) :: else fi
#define HB(y)    ((y) >= 4 -> 2 : ((y) >= 2 -> 1 : 0))
#define SAW(v)   if :: !done && op != RNG -> assert(seen[me] & (1 << (v))) :: else fi
#ifdef FINE
#define FIN 1
#else
#define FIN 0
#endif
#ifdef FREEZE_BY_STORE
#define TWO 1                             /* freeze: read and write are two steps */
#define STORE 1                           /* ... and the write is no CAS */
#else
#define TWO FIN
#define STORE 0
#endif
#ifdef CLAIM_ANY_LANE
#define LN(l)    (((me & 1) && op != GET) -> NL - 1 - (l) : (l))
#else
#define LN(l)    (l)
#endif
#ifdef COPY_BEFORE_FREEZE
#define TOREPL  pc = COPY
#define FROZEN_ pc = SWING
#define COPIED_ FIRST_
#else
#define TOREPL  FIRST_
#define FROZEN_ pc = COPY
#define COPIED_ pc = SWING
#endif
#ifdef SKIP_LAST_LANE
#define FLANES (NL-1)
#else
#define FLANES NL
#endif
#if defined(CLIMB_EMPTY) || defined(LAZY)
#define FEW (op == TRM -> 1 : 0)
#else
#define FEW 1
#endif
#ifdef OWED_PLAIN
#define NOTHINGOWED owe = false;
#else
#define NOTHINGOWED
#endif
#ifdef HELP_LEAVES
#define OVER if :: done && op != TRM -> pc = LEAVE :: else -> pc = AGAIN fi
#else
#define OVER if :: done && !help && op != TRM -> pc = LEAVE :: else -> pc = AGAIN fi
#endif
#if defined(TABLES) && !defined(SKIP_UNVERIFIED)
#define LOOKS sk                          /* a reader compares the leaf's prefix only below a skip */
#else
#define LOOKS false
#endif
#define NEXTLANE l++; if :: l == FLANES -> l = 0; FROZEN_ :: else -> FIRST_ fi
#define NEXTSLOT l++; if :: l == 2 -> l = 0; pc = COPY :: else fi

#ifdef QUIET                              /* swings since an operation last took effect */
byte quiet;
#define LOUD quiet = 0;
#define SWUNG quiet++; assert(quiet <= QUIET);
#else
#define LOUD
#define SWUNG
#endif
inline setk(kk, v) {
  LOUD abs[kk] = v; q = 0;
  do
  :: q < NP -> if :: okey[q] == kk + 1 -> seen[q] = seen[q] | (1 << v) :: else fi; q++
  :: else -> break
  od
}
inline setabs(v) { setk(key, v) }
#include "freeze_swing/nodes.pml"
#include "freeze_swing/pages.pml"
#include "freeze_swing/final.pml"
/* a child word w was read at slot ps[d] */
inline decide() {
  if
  :: (w & F) && op != GET -> w = DIRW(ps[d]); ps[d] = 0; d--; help = true; pc = FDIR       /* directory is frozen: help */
  :: else ->
#ifdef TABLES
     sk = sk || (w & SK);
#endif
     w = NODE(w);
     if
     :: w == 0 ->
        if
        :: op == GET || ISREM || done -> SAW(0); pc = LEAVE
        :: else -> pc = NEWB
        fi
     :: w > NB ->
        if :: op != GET -> USE(w) :: else fi;
        if
        :: op != GET && ((have[DI(w)] ^ key) >> (sh[DI(w)] + 1)) != 0 -> if :: ISREM || done -> SAW(0); pc = LEAVE :: else -> pc = SPLIT fi
        :: else -> d++; ps[d] = S0(w) + ((key >> sh[DI(w)]) & 1); w = 0; if :: op == TRM -> l = 0; y = 0; pc = CLIMB :: else -> pc = WALK fi
        fi
     :: else ->
#ifdef TABLES
        l = (op == RNG || op == TRM -> 0 : key & 1);
        if :: op == RNG -> ZAP_ :: op == TRM -> pc = SEEMS :: else -> pc = VAL fi;
#else
        if :: op == RNG -> pc = ZAP :: else -> pc = KEY fi;
#endif
#ifdef LEAFPRE
        if :: op != GET || LOOKS -> USE(w) :: else fi;
        if
        :: (op != GET || LOOKS) && (kw[LANE(w,0)] - 1) >> PRE != key >> PRE -> l = 0; if :: op == GET || ISREM || done -> SAW(0); pc = LEAVE :: else -> pc = SPLIT fi
        :: else
        fi
#endif
     fi
  fi
}

proctype Proc(byte me) {
  byte pc, n, op, key, val;
  byte d;                 /* depth */
  byte ps[4];             /* slots on the path */
  byte w;                 /* word of the node at ps[d] */
  byte l;                 /* lane or slot */
  byte nw;                /* private copy */
  byte y;                 /* word read for a CAS; COPY..SWING: old value; CLIMB: children seen */
  bool rd;                /* a read was done, its CAS is next */
  bool fresh;             /* nw is a new node, not a child that moves up */
  bool done;              /* the operation has taken effect, what is left is to unlink */
  bool help;              /* the directory was found frozen on the way */
#ifdef OWED_PLAIN
  bool owe;               /* a swing was lost: what is frozen is replaced by a plain copy first */
#define DONE (done || owe)
#else
#define DONE done
#endif
#ifdef TABLES
  bool sk;                /* a word on the path said SKIP */
#endif
#ifdef MEM
  bool hold;              /* a page, taken before the first mark */
  bool soft;              /* no page: the range is emptied, the nodes are left standing */
#endif
#ifdef RMAX
  byte r;
#endif
end:
  do
  :: d_step {
     pc != END && pc != STUCK ->
     p0 = pc;
#ifdef TRACE
     printf("P%d op %d key %d pc %d d %d P %d w %d l %d nw %d done %d mem %d%d%d | root %d d0 %d %d d1 %d %d d2 %d %d | b0 %d:%d %d:%d b1 %d:%d %d:%d b2 %d:%d %d:%d\n", me, op, key, pc, d, ps[d], w, l, nw, done, TRACEMEM, slot[0], slot[1], slot[2], slot[3], slot[4], slot[5], slot[6],
       kw[0], vw[0], kw[1], vw[1], kw[2], vw[2], kw[3], vw[3], kw[4], vw[4], kw[5], vw[5]);
#endif
     if
     :: pc == WALK ->                                            /* (enter and) read a slot */
        i = op;
        if
        :: op == 0 ->
           script();
           if :: op != 0 -> done = (op == TRM); okey[me] = key + 1; seen[me] = 1 << abs[key]; insec = insec | (1 << me) :: else -> pc = END fi
        :: else
        fi;
        if
        :: pc == END -> running--; if :: running == 0 -> final() :: else fi
        :: pc != END && FIN && i == 0 -> skip
        :: else -> USEP; w = slot[ps[d]]; decide()
        fi
     :: pc == NEWB ->                                            /* CAS P: EMPTY -> new bucket {key} */
        i = nw; if :: nw == 0 && !REFUSED -> newb1(nw) :: else fi;
        if
        :: nw == 0 -> pc = LEAVE                                 /* F11: no memory, nothing was changed */
        :: nw != 0 && FIN && i == 0 -> skip
        :: else ->
           USEP;
           if
           :: slot[ps[d]] == 0 -> slot[ps[d]] = BORN(ps[d],nw); assert(abs[key] == 0); setabs(val); pc = LEAVE
           :: else -> freenode(nw); pc = WALK                    /* read the same slot again */
           fi;
           nw = 0
        fi
     :: pc == SPLIT ->                                           /* CAS P: C -> new directory {C, {key}} */
        i = nw;
        if
        :: nw == 0 && !REFUSED ->
           if :: w > NB -> x = have[DI(w)] :: else -> x = kw[LANE(w,0)] - 1 fi;
           newb1(c); allocd(nw); j = x ^ key; j = HB(j); sh[DI(nw)] = j; have[DI(nw)] = x;
           slot[S0(nw) + ((x >> j) & 1)] = BELOW(S0(nw),w); slot[S0(nw) + ((key >> j) & 1)] = WORD(S0(nw),c)
        :: else
        fi;
        if
        :: nw == 0 -> pc = LEAVE
        :: nw != 0 && FIN && i == 0 -> skip
        :: else ->
           USEP;
           if
           :: SAME(ps[d],w) -> slot[ps[d]] = ABOVE(ps[d],nw); assert(abs[key] == 0); setabs(val); pc = LEAVE
           :: else -> c = NODE(slot[S0(nw) + ((key >> sh[DI(nw)]) & 1)]); freenode(c); freenode(nw); pc = WALK
           fi;
           nw = 0
        fi
     :: pc == KEY ->                                             /* key word of lane l */
        USE(w); k = kw[LANE(w,LN(l))];
        if
        :: k == EK && (op == SET || op == ADD) && FIN && !rd -> rd = true
        :: else ->
           rd = false;
           if
           :: k == key + 1 -> pc = VAL
#ifdef EARLY_GROW
           :: me == 0 && l == NL - 1 && k == EK && (op == SET || op == ADD) -> l = 0; TOREPL       /* crowded */
#endif
           :: k == EK && (op == SET || op == ADD) -> kw[LANE(w,LN(l))] = key + 1; pc = VAL         /* claimed */
           :: k == FK && (op == SET || op == ADD || done) -> l = 0; TOREPL
           :: (k == EK && (op == GET || op == REM)) || (k == FK && (op == GET || (op == REM && !done))) -> SAW(0); pc = LEAVE
           :: else ->
              l++;
              if
              :: l == NL ->
                 l = 0;
                 if
                 :: op == GET || op == REM -> SAW(0); pc = LEAVE
                 :: else -> TOREPL                               /* full */
                 fi
              :: else
              fi
           fi
        fi
     :: pc == VAL ->                                             /* value word of lane l: read, or read and CAS */
        USE(w); x = vw[LANE(w,LN(l))];
        if
        :: rd && x != y -> rd = false; y = 0                     /* CAS failed */
        :: !rd && op == GET ->
#ifdef READER_FROZEN_ABSENT
           if :: x >= F -> x = 0 :: else fi;
#endif
           SAW((x & 127)); pc = LEAVE
        :: !rd && op != GET && x >= F ->
           if
           :: !done && ((op == REM && x == F) || (op == ADD && x != F)) -> SAW((x & 127)); pc = LEAVE
           :: else -> l = 0; TOREPL
           fi
#ifndef TIDY_REMOVES
        :: !rd && op != GET && x < F && done -> pc = LEAVE       /* tidy walk: the node was replaced */
#endif
        :: !rd && x < F && ((op == REM && x == 0) || (op == ADD && x != 0)) && !done -> SAW(x); pc = LEAVE
        :: else ->
           if
           :: FIN && !rd -> y = x; rd = true
#ifdef LOOK_FIRST
           :: !FIN && !rd && op == REM -> y = x; rd = true; fresh = (vw[LANE(w,1-l)] & 127) != 0
#endif
           :: else ->
              rd = false; y = 0;
              assert(abs[key] == x && !done);                    /* the word is live: it is the abstract value */
              if
#ifdef LOOK_FIRST
              :: op == REM -> vw[LANE(w,LN(l))] = 0; setabs(0); l = 0; done = true; if :: fresh -> pc = LEAVE :: else -> BEGIN fi; fresh = false
#else
              :: op == REM -> vw[LANE(w,LN(l))] = 0; setabs(0); l = 0; done = true; pc = SEEMS
#endif
              :: else -> vw[LANE(w,LN(l))] = val; setabs(val); pc = LEAVE
              fi
           fi
        fi
     :: pc == SEEMS ->                                           /* does the node look empty? lane by lane */
        USE(w); k = kw[LANE(w,l)]; x = vw[LANE(w,l)];
        if
        :: op == TRM && x >= F -> l = 0; TOREPL                  /* frozen: help */
#ifdef SEEMS_F_LIVE
        :: k != EK && k != FK && x != 0 -> pc = LEAVE
#else
        :: k != EK && k != FK && (x & 127) != 0 && !(op == TRM && x >= F) -> pc = LEAVE
#endif
#ifdef REWALK_GIVES_UP
        :: l == NL - 1 && op == REM && slot[ps[d]] >= F -> l = 0; pc = LEAVE
#endif
        :: else -> l++; if :: l == NL -> l = 0; BEGIN :: else fi
        fi
     :: pc == ZAP ->                                             /* lane l: v -> ABSENT|F, removed and frozen in one CAS */
        USE(w); k = kw[LANE(w,l)]; x = vw[LANE(w,l)];
        if
        :: done -> if :: k == FK || x >= F -> TOREPL :: else -> pc = LEAVE fi    /* tidy walk: a pass begins at lane 0 */
        :: !done && k != EK && k != FK && x > F -> l = 0; TOREPL /* somebody froze a live value */
        :: else ->
           if
           :: k != EK && k != FK && x < F -> vw[LANE(w,l)] = EMPTIED; if :: x != 0 -> assert(abs[k-1] == x); setk((k-1), 0) :: else fi
           :: else
           fi;
           l++; if :: l == NL -> l = 0; ZAPPED :: else fi
        fi
     /* ---- replace the bucket w at ps[d] ---- */
     :: pc == FKEY ->
        USE(w);
        if
        :: kw[LANE(w,l)] == EK && FIN && !rd -> rd = true
        :: else ->
           rd = false;
           if :: kw[LANE(w,l)] == EK -> kw[LANE(w,l)] = FK :: else fi;
           if
           :: kw[LANE(w,l)] == FK -> NEXTLANE                    /* no value can ever come here */
#ifdef NO_VALUE_FREEZE
           :: else -> NEXTLANE
#else
           :: else -> pc = FVAL
#endif
           fi
        fi
     :: pc == FVAL ->
        USE(w); x = vw[LANE(w,l)];
        if
        :: TWO && !rd && x < F -> y = x; rd = true
        :: rd && x != y && !STORE -> y = 0; rd = false           /* CAS failed */
        :: else -> if :: rd -> x = y :: else fi; vw[LANE(w,l)] = x | F; y = 0; rd = false; NEXTLANE
        fi
#ifdef HOLD_LATE
     :: pc == COPY && refusing && done -> pc = LEAVE              /* no memory: the frozen node is left */
#endif
     :: pc == COPY && w <= NB ->                                 /* content, with this operation already done in it */
        USE(w); i = 0; c = 0; y = 0; nw = 0; fresh = false;
        do
        :: i < NL ->
           k = kw[LANE(w,i)]; x = vw[LANE(w,i)] & 127;
           if
           :: k != EK && k != FK && x != 0 ->
              if :: k == key + 1 && !DONE -> y = x :: else fi;   /* old value */
#ifdef RETRY
              tk[c] = k; tv[c] = x; c++
#else
              if
              :: !DONE && (op == RNG || (k == key + 1 && op != ADD))     /* remove: dropped; set: put below */
              :: else -> tk[c] = k; tv[c] = x; c++
              fi
#endif
           :: else
           fi; i++
        :: else -> break
        od;
#ifdef RETRY
        if
        :: c > 0 && (c < NL || ISREM || y != 0) -> mkbucket()
        :: c == NL && !ISREM && y == 0 -> mkdir(((tk[0] - 1) ^ key))                /* with room for the key */
        :: else
        fi;
        y = 0;
#else
        if
#ifndef ADD_OVERWRITES
        :: op == ADD && y != 0 -> SAW(y); done = true            /* came in before the freeze: add answers false, the copy is plain */
#endif
        :: !DONE && (op == SET || op == ADD) -> tk[c] = key + 1; tv[c] = val; c++
        :: else
        fi;
        if :: c > 0 -> takepage() :: else fi;
        if :: c > 0 && c <= NL -> mkbucket() :: c > NL -> mkdir(0) :: else fi;
#endif
#ifdef CLIMB_LOOKS_FIRST
        if :: d > 0 && nw == 0 -> l = (NODE(slot[S0(DIRW(ps[d])) + 1 - (ps[d] - S0(DIRW(ps[d])))]) != 0) :: else fi;
#endif
        COPIED_
     /* ---- replace the directory w at ps[d] ---- */
     :: pc == FDIR ->
        USE(w);
#ifdef STALE_PARENT
        l = 0; pc = COPY
#else
        x = slot[S0(w)+l];
        if
        :: TWO && !rd && x < F -> y = x; rd = true
        :: rd && x != y && !STORE -> y = 0; rd = false
        :: else -> if :: rd -> x = y :: else fi; slot[S0(w)+l] = x | F; y = 0; rd = false; NEXTSLOT
        fi
#endif
     :: pc == COPY && w > NB ->
        USE(w); a = NODE(slot[S0(w)]); b = NODE(slot[S0(w)+1]);
        if
        :: a == 0 && !(KEEPS && b != 0) -> nw = b; fresh = false
        :: a != 0 && b == 0 && !KEEPS -> nw = a; fresh = false
        :: else ->
           fresh = true; takepage(); allocd(nw); sh[DI(nw)] = sh[DI(w)]; have[DI(nw)] = have[DI(w)];
#ifdef KEEP_F
           slot[S0(nw)] = slot[S0(w)]; slot[S0(nw)+1] = slot[S0(w)+1]
#else
           slot[S0(nw)] = WORD(S0(nw),a); slot[S0(nw)+1] = WORD(S0(nw),b)
#endif
        fi;
        pc = SWING
     :: pc == SWING ->
        USEP;
        if
#ifdef PLAIN_SWING
        :: true ->
#else
        :: SAME(ps[d],w) ->
#endif
           slot[ps[d]] = SWUNGIN(ps[d],nw); pc = RETR; SWUNG
#ifndef RETRY
           if
           #ifdef OWED_PLAIN
           :: w <= NB && owe -> owe = false; help = true
#endif
           :: w <= NB && !DONE ->
              done = true;
              if
              :: op == RNG ->
                 i = 0;
                 do
                 :: i < NL -> x = vw[LANE(w,i)] & 127; k = kw[LANE(w,i)] - 1; if :: x != 0 -> assert(abs[k] == x); setk(k, 0) :: else fi; i++
                 :: else -> break
                 od
              :: else -> assert(abs[key] == y); if :: op == REM -> setabs(0) :: else -> setabs(val) fi
              fi
           :: else
           fi
#endif
        :: else ->
#ifdef LOSER_RETIRES
           retire(w);
#endif
#ifndef LEAK_COPY
           if
           :: fresh ->
              if
              :: nw > NB && w <= NB ->
                 a = NODE(slot[S0(nw)]); b = NODE(slot[S0(nw)+1]);
                 if :: a != 0 -> freenode(a) :: else fi;
                 if :: b != 0 -> freenode(b) :: else fi
              :: else
              fi;
              freenode(nw); lostpage()
           :: else
           fi;
#endif
#ifdef OWED_PLAIN
           if :: !done -> owe = true :: else fi;
#endif
#ifdef NO_TIDY
           if :: done -> pc = LEAVE :: else -> pc = AGAIN fi
#else
           pc = AGAIN
#endif
        fi;
        y = 0
     :: pc == CLIMB ->                                           /* children of the directory of ps[d], slot by slot */
        c = DIRW(ps[d]); USE(c);
        if :: NODE(slot[S0(c)+l]) != 0 -> y++ :: else fi;
        l++;
        if
        :: l == 2 ->
           l = 0;
           if
           :: y <= FEW -> CLIMBS
           :: y > FEW && op == TRM -> pc = WALK                  /* go on down */
           :: else -> OVER
           fi;
           y = 0
        :: else
        fi
     :: else -> skip                                             /* RETR, LEAVE: below */
     fi;
     if
     :: pc == RETR && (!FIN || p0 == RETR) ->
        retire(w);
        if
#ifndef NO_CLIMB
#ifdef CLIMB_LOOKS_FIRST
        :: nw == 0 && d > 0 && l == 1 -> l = 0; OVER
#endif
        :: nw == 0 && d > 0 -> pc = CLIMB; w = 0
#endif
        :: else -> OVER
        fi;
        nw = 0; fresh = false
     :: else
     fi;
     p0 = (FIN && pc == LEAVE && p0 != LEAVE -> END : pc);
     if
     :: p0 == LEAVE -> leave(); resthold(); op = 0; key = 0; val = 0; done = false; NOTHINGOWED n++
     :: else
     fi;
     if
     :: p0 == LEAVE || p0 == AGAIN ->
        d = 0; w = 0; l = 0; nw = 0; y = 0; rd = false; fresh = false; help = false; UNSKIP ps[1] = 0; ps[2] = 0; ps[3] = 0; pc = WALK;
#ifdef RMAX
        if :: p0 == LEAVE -> r = 0 :: else -> r++; if :: r == RMAX -> pc = STUCK :: else fi fi
#endif
     :: else
     fi
     }
  od
}

init {
  byte p;
  d_step { setup(); marks() }
#ifdef MEM
  run Refuse();
#endif
  atomic { do :: p < NP -> run Proc(p); p++ :: else -> p = 0; break od }
}
