/* freeze_swing.pml - protocol 2: "freeze, copy, swing" of the nodes of a lock-free tree, with values changed in place by one CAS, helping,
 * split above, collapse, range removal, Trim, and epoch RCU.  Every interleaving of three writers and a reader, one to two operations each.
 *
 * slot[0] is the root slot.  A child word is EMPTY, a terminal node or a directory, plus the mark F (frozen).
 *   small node : NL lanes (key word EMPTY / FROZEN / key; value word ABSENT / v, plus F); lane 0 is used at birth
 *   leaf table : (-DTABLES) no key lanes, two value words for two neighbouring keys; child words carry SKIP where bits are undecided above
 *                the node, and a reader compares the leaf's prefix only if its path said SKIP
 *   directory  : 2 slots, a shift and a prefix; the bits above may be skipped.  Keys have 3 bits.
 * All steps SC.  One run of the big d_step is ONE shared access and the local work after it.  Merged:
 *   read x + CAS that succeeds = one step at the CAS (a CAS that fails changes nothing and only loops);
 *   enter + first read of the root; last access + leave; swing + retire (earlier frees and shorter intervals: harder);
 *   allocation of a new node + its CAS (private until then).      -DFINE takes all of these apart.
 *   A COPY is always its own step, so a copy may be old when its swing is tried.
 *
 * Protocol (no flag)
 *   replace(P,w): FREEZE  each lane: key EMPTY->FROZEN; used lane: value |= F by CAS.  Leaf table: each value |= F.  Directory: each slot |= F
 *                 COPY    private node from the frozen content WITH THE OPERATION DONE IN IT (nothing left -> EMPTY;
 *                         too much -> directory of small nodes).  Directory: no child -> EMPTY, one -> that child, else a copy
 *                 SWING   CAS P: w -> w'.  Winner retires w; if w was a terminal node its operation is complete (here it
 *                         linearizes).  Loser discards its private copy, starts at the root again.
 *                 P became EMPTY: if P's directory has at most one child now (-DLAZY: none), replace that directory, and so on up
 *   set, add    : small node: claims lanes in order; full / FROZEN / value with F -> replace.  EMPTY slot: CAS to a new node.
 *                 other prefix: split above, CAS P: C -> new directory {C, {key}}.   slot with F: replace its directory
 *   remove      : v->ABSENT in place, node looks empty -> replace.  A swing it lost -> TIDY: walk the key again and
 *                 replace what is frozen there, until a terminal node's swing is won or nothing frozen is met
 *   range       : all keys of one node: each lane v -> ABSENT|F (removed and frozen in one CAS), then replace; meets v|F -> replace, all dropped
 *   trim        : down one path: a directory with at most one child is replaced, and an empty terminal node
 *   add on v|F, remove on ABSENT|F or a FROZEN lane, get anywhere: answer at once, no help
 *   merge       : (-DMERGE, -DS7) a directory's slots are frozen, then every lane of its children; one node is made of what all of them hold, one
 *                 swing puts it in, its winner retires directory and children. Who loses, or finds too much, sees each child through
 *   -DLAZY      : a directory that is left with one child stays, until Trim, or until a copy of it is made for another reason
 *   -DMEM       : memory may be refused, see freeze_swing/pages.pml
 *
 * Checks
 *   F1 F2 F5    abs[key], the abstract value, changes when a writer's CAS succeeds; the old value that it answers must be abs[key] then
 *               (lost or doubled insert, remove, overwrite; add succeeds only on an absent key)
 *   F6          seen[p], the values that p's key had since p read the root: get, a failed add, a failed remove must answer one of them
 *   F3          st[]: no double retire; allocators never run dry (an unbounded retry shows up here); -DQUIET=n
 *   F10         USE: no use after free.  A node is freed when all sections open at its retire have been left (the earliest legal
 *               moment), and its address is given out again at once (F9)
 *   F7 F8 F12   at the end: content == abs; nothing allocated but unlinked, nothing retired; no frozen node linked, no empty terminal node,
 *               no directory with less than two children (-DLAZY: one); SKIP exactly where bits are skipped
 *   F11         at the end the reserve is full; it never runs dry
 *
 * SCENARIOS -DS1..-DS6, -DMERGE -DS7 (small nodes), -DTABLES -DT1..-DT6, with -DVAR=0..; -DNORD without the reader
 * SEEDS (each must fail somewhere; checks.txt says where)
 *   F1  -DFREEZE_BY_STORE  -DKEEP_F (copied slots keep the mark)  -DREADER_FROZEN_ABSENT (F4)
 *   F2  -DNO_VALUE_FREEZE  -DSKIP_LAST_LANE  -DCOPY_BEFORE_FREEZE  -DSTALE_PARENT (directory copied without a freeze)
 *   F3  -DPLAIN_SWING  -DLOSER_RETIRES  -DLEAK_COPY  -DADD_OVERWRITES (add does not look into the frozen content; with -DEARLY_GROW)
 *       -DRETRY (plain copy, then the operation again: livelock)  -DOWED_PLAIN (who lost a swing, helpers too, makes a plain copy
 *       next: livelock as soon as nodes grow)  -DKEEP_ONE (the copy of a directory with one child stays one, except Trim's: livelock)
 *   F7  -DCLAIM_ANY_LANE
 *   F8  -DLOOK_FIRST (a remover looks at the other values before its own is cleared: the missing fence)  -DCLIMB_LOOKS_FIRST (the
 *       same, one level up: looks at the directory before its own slot is EMPTY)
 *   F10 -DNO_RCU
 *   F12 -DNO_TIDY (remover that lost its swing goes away)  -DHELP_LEAVES (tidy ends after a directory swing)  -DTIDY_REMOVES
 *       -DREWALK_GIVES_UP (remover finds its node empty, its slot frozen, and leaves it to whoever froze the directory)
 *       -DNO_CLIMB  -DCLIMB_EMPTY (directory replaced only when no child is left, without the rules of -DLAZY)
 *   skips  -DSKIP_UNVERIFIED  -DSKIP_LOST_AT_BIRTH  -DSKIP_LOST_BELOW, -DSKIP_LOST_ABOVE (split above)  -DSKIP_LOST_AT_SWING (collapse)
 *   merge  -DMERGE_ONE_ROUTE (a loser sees one child through only)  -DMERGE_UNFROZEN (children are copied as they are)  -DMERGE_UPWARDS (children are
 *       frozen before the slots that name them)  -DMERGE_KEEPS_CHILDREN (only the directory is retired); with -DMEM see freeze_swing/pages.pml
 *   F11 see freeze_swing/pages.pml
 * OTHER -DEARLY_GROW process 0 replaces instead of claiming the last lane
 *       -DSEEMS_F_LIVE a frozen ABSENT counts as live in "looks empty" (fine)   -DANY_FORM no shape checks at the end
 *       -DQUIET=n at most n swings in a row that complete no operation (holds for 4; with -DRETRY for no n)
 *       -DRMAX=n stop an operation after n restarts (bounds -DRETRY)            -DTRACE prints each step (run.sh trace)
 */
#include "freeze_swing/words.pml"
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
hidden byte dry;                          /* there was no page, not even in the reserve */
hidden byte tk[NL+1]; hidden byte tv[NL+1]; hidden byte mk[NN];

#include "freeze_swing/switches.pml"
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
#ifdef MERGE
        :: op == MRG && !done && ((have[DI(w)] ^ key) >> (sh[DI(w)] + 1)) == 0 -> l = 0; MHELD(MERGES)
#endif
        :: op != GET && ((have[DI(w)] ^ key) >> (sh[DI(w)] + 1)) != 0 -> if :: ISREM || done -> SAW(0); pc = LEAVE :: else -> pc = SPLIT fi
        :: else -> d++; ps[d] = S0(w) + ((key >> sh[DI(w)]) & 1); w = 0; if :: op == TRM -> l = 0; y = 0; pc = CLIMB :: else -> pc = WALK fi
        fi
     :: else ->
#ifdef TABLES
        l = (op == RNG || op == TRM -> 0 : key & 1);
        if :: op == RNG -> ZAP_ :: op == TRM -> pc = SEEMS :: else -> pc = VAL fi;
#else
        if :: op == RNG -> pc = ZAP :: op == MRG && done -> pc = ZAP :: op == MRG && !done -> pc = LEAVE :: else -> pc = KEY fi;
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
#ifdef MERGE
  byte second;            /* + 1: the route to the child that is still to be seen through */
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
                 :: else -> GROWS                                /* full */
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
        NOGROWTH;
        if :: c > 0 -> takepage() :: else fi;
        if :: !DRY && c > 0 && c <= NL -> mkbucket() :: !DRY && c > NL -> mkdir(0) :: else fi;
#endif
#ifdef CLIMB_LOOKS_FIRST
        if :: d > 0 && nw == 0 -> l = (NODE(slot[S0(DIRW(ps[d])) + 1 - (ps[d] - S0(DIRW(ps[d])))]) != 0) :: else fi;
#endif
        COPIED_;
        DRYEND
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
           takeforeign();
           if
           :: DRY -> skip
           :: else ->
              fresh = true; allocd(nw); sh[DI(nw)] = sh[DI(w)]; have[DI(nw)] = have[DI(w)];
#ifdef KEEP_F
              slot[S0(nw)] = slot[S0(w)]; slot[S0(nw)+1] = slot[S0(w)+1]
#else
              slot[S0(nw)] = WORD(S0(nw),a); slot[S0(nw)+1] = WORD(S0(nw),b)
#endif
           fi
        fi;
        pc = SWING;
        DRYEND
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
#ifdef MERGE
#include "freeze_swing/merge.pml"
#endif
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
#ifdef MERGE
     if
     :: p0 == LEAVE && second != 0 -> key = second - 1; second = 0; p0 = AGAIN
     :: else
     fi;
#endif
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
