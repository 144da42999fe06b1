/* switches.pml - where things lie, and what the seeds change */
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
#define SAW(v)   if :: !done && op != RNG && op != MRG -> assert(seen[me] & (1 << (v))) :: else fi
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
#ifdef MERGE_UPWARDS
#define MERGES      pc = MKID
#define MKIDS_DONE  pc = MDIR
#define MSLOTS_DONE pc = MCOPY
#else
#define MERGES      pc = MDIR
#ifdef MERGE_UNFROZEN
#define MSLOTS_DONE pc = MCOPY
#else
#define MSLOTS_DONE pc = MKID
#endif
#define MKIDS_DONE  pc = MCOPY
#endif
#ifdef MERGE_ONE_ROUTE
#define SECOND
#else
#define SECOND second = (key | (1 << sh[DI(w)])) + 1;
#endif
/* what was begun is seen through: the routes to both children, one after the other */
#define MGIVEUP done = true; key = (have[DI(w)] >> (sh[DI(w)] + 1)) << (sh[DI(w)] + 1); SECOND pc = AGAIN
