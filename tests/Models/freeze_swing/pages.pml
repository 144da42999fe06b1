/* pages.pml - memory that may be refused (F11), and the SKIP marks of the words that a scenario starts with.
 *
 * -DMEM: the allocator refuses from some moment on, and may stop to refuse again (-DALWAYS: refuses throughout). Every copy of a table
 * takes one page. Who starts a freeze takes a page before its first mark and keeps it (hold); refused, it leaves the emptied node standing.
 * Who meets a frozen node takes its own held page, else one from the allocator, else one of the reserve: RES pages, one a thread,
 * outside the limit. A loser keeps its page while it goes on (its next copy needs one), and a page that is not needed in the end
 * fills up the reserve first. Then the reserve never runs dry, and is full when nobody is at work.
 *   seeds: -DHOLD_LATE     starter asks after its freeze, and gives up when refused
 *          -DHOLD_NEVER    starter asks after its freeze and draws on the reserve
 *          -DRANGE_HOLDS_NOTHING  a range removal freezes without a page, since it leaves nothing: its helpers may leave something
 *          -DNO_REFILL     a page that is not needed goes to the allocator, not to the reserve
 *          -DLOSER_GIVES   a loser gives its page away at once: the reserve may be full then, and not any more when it needs a page again
 *          -DKEEPS_DEBT    a page that is still held after a lost swing serves for the next freeze: two freezes, one page
 *          -DRES=1         one page for all threads
 *
 * -DMERGE -DMEM: one merge freezes a directory and its children and holds one page, so here the reserve may run dry (-DRES=0: is so from the beginning).
 * Who then needs a page ends its section and comes back. The merged node takes no held page: refused, the merge is given up. An insert
 * that grows a node holds a page before it freezes; one that helps and gets no memory for more than the old content puts a plain copy in and is refused.
 *   seeds: -DMERGE_LEAVES    who gets no page goes away
 *          -DMERGE_OWES_ONE  who gets no page comes back for one child only
 */
#ifdef MEM
#ifndef RES
#define RES 3
#endif
#ifdef ALWAYS
bool refusing = true;
#else
bool refusing;
#endif
byte reserve = RES;
bool standing;                            /* an emptied node was left standing, for want of memory */
#define REFUSED refusing
#define STANDING standing
#ifdef MERGE
#define FROMRESERVE if :: reserve > 0 -> reserve-- :: else -> dry = 1 fi
#define DRY  (dry != 0)
#define GROWS pay(); if :: done || hold -> TOREPL :: !done && !hold && !refusing -> hold = true; TOREPL :: else -> pc = LEAVE fi
#define NOGROWTH if :: c > NL && refusing -> c--; done = true :: else fi
#define MHELD(then) HELD(then,pc = LEAVE)
#ifdef MERGE_OWES_ONE
#define OWESONE second = 0;
#else
#define OWESONE
#endif
#ifdef MERGE_LEAVES
#define DRYEND if :: dry != 0 && done -> pc = LEAVE :: dry != 0 && !done -> reenter(); pc = AGAIN :: else fi; dry = 0
#else
#define DRYEND if :: dry != 0 -> OWESONE reenter(); pc = AGAIN :: else fi; dry = 0
#endif
inline restmem() { skip }
#else
#define FROMRESERVE assert(reserve > 0); reserve--
#define DRY  false
#define GROWS TOREPL
#define NOGROWTH
#define DRYEND skip
inline restmem() { assert(reserve == RES) }
#endif
proctype Refuse() {
#ifdef ALWAYS
  skip
#else
  refusing = true;
  refusing = false
#endif
}
inline givepage() {                       /* a page that is not needed */
#ifndef NO_REFILL
  if :: reserve < RES -> reserve++ :: else fi
#else
  skip
#endif
}
inline lostpage() {                       /* a loser keeps its page: it may have to see a freeze through */
#ifndef LOSER_GIVES
  if :: !hold -> hold = true :: else -> givepage() fi
#else
  givepage()
#endif
}
inline takepage() {
  if
  :: hold -> hold = false
  :: !hold && !refusing -> skip
  :: else -> FROMRESERVE
  fi
}
inline takeforeign() {                    /* for a directory that somebody else gives up: the held page is for one's own */
#ifdef MERGE
  if
  :: !refusing -> skip
  :: else -> FROMRESERVE
  fi
#else
  takepage()
#endif
}
inline resthold() { if :: hold -> givepage(); hold = false :: else fi; soft = false }
inline pay() {                            /* a held page answers for one freeze: before the next one it makes good what a helper took */
#ifndef KEEPS_DEBT
  if :: hold && reserve < RES -> reserve++; hold = false :: else fi
#else
  skip
#endif
}
#if defined(HOLD_LATE) || defined(HOLD_NEVER)
#define HELD(then,otherwise) then
#else
#define HELD(then,otherwise) pay(); if :: hold -> then :: !hold && !refusing -> hold = true; then :: else -> standing = true; otherwise fi
#endif
#ifdef RANGE_HOLDS_NOTHING
#define ZAP_    pc = ZAP
#else
#define ZAP_    pay(); if :: done || hold -> soft = false :: !done && !hold && !refusing -> hold = true; soft = false :: else -> soft = true fi; pc = ZAP
#endif
#define BEGIN   HELD(TOREPL,pc = LEAVE)
#define CLIMBS  HELD(w = c; ps[d] = 0; d--; pc = FDIR,OVER)
#define EMPTIED (soft -> 0 : F)
#define ZAPPED  if :: soft -> standing = true; done = true; pc = LEAVE :: else -> TOREPL fi
#else
#define REFUSED false
#define STANDING false
#define DRY  false
#define GROWS TOREPL
#define NOGROWTH
#define DRYEND skip
#define MHELD(then) then
inline takeforeign() { skip }
inline lostpage() { skip }
inline takepage() { skip }
inline resthold() { skip }
inline restmem() { skip }
#define BEGIN   TOREPL
#define CLIMBS  w = c; ps[d] = 0; d--; pc = FDIR
#define ZAP_    pc = ZAP
#define EMPTIED F
#define ZAPPED  TOREPL
#endif
#ifdef KEEP_ONE
#define KEEPS (op != TRM)                 /* the copy of a directory with one child is a directory: only Trim collapses */
#else
#define KEEPS false
#endif
#ifdef TABLES
#define UNSKIP sk = false;
inline marks() {
  slot[0] = WORD(0,slot[0]); i = 1;
  do :: i <= 2*ND -> if :: slot[i] != 0 -> slot[i] = WORD(i,slot[i]) :: else fi; i++ :: else -> break od
}
#else
#define UNSKIP
inline marks() { skip }
#endif
#ifdef MEM
#define TRACEMEM refusing, reserve, hold
#else
#define TRACEMEM 0, 0, 0
#endif
