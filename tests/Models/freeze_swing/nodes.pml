/* nodes.pml - ghosts, nodes and their allocator; a retired node is freed when the sections that were open then have ended */
inline setk(kk, v) {
  LOUD abs[kk] = v; q = 0;
  do
  :: q < NP -> if :: okey[q] == kk + 1 -> seen[q] = seen[q] | (1 << v) :: else fi; q++
  :: else -> break
  od
}
inline setabs(v) { setk(key, v) }
inline freenode(y) {                      /* y = word */
  st[y-1] = FREE; mask[y-1] = 0;
  if
  :: y <= NB -> f = 0; do :: f < NL -> kw[LANE(y,f)] = 0; vw[LANE(y,f)] = 0; f++ :: else -> break od
  :: else -> slot[S0(y)] = 0; slot[S0(y)+1] = 0; sh[DI(y)] = 0; have[DI(y)] = 0
  fi
}
inline allocb(r) { r = 0; do :: r < NB && st[r] != FREE -> r++ :: else -> break od; assert(r < NB); st[r] = USED; r++ }   /* gives a word */
inline allocd(r) { r = NB; do :: r < NN && st[r] != FREE -> r++ :: else -> break od; assert(r < NN); st[r] = USED; r++ }
inline retire(y) {
  assert(st[y-1] == USED);                /* double retire */
#ifdef NO_RCU
  freenode(y)
#else
  st[y-1] = RETD; mask[y-1] = insec
#endif
}
inline leave() { okey[me] = 0; seen[me] = 0; endsection() }
inline reenter() { endsection(); insec = insec | (1 << me) }
inline endsection() {
  insec = insec & (255 - (1 << me)); q = 0;
  do
  :: q < NN ->
     if
     :: st[q] == RETD ->
        mask[q] = mask[q] & (255 - (1 << me));
        if :: mask[q] == 0 -> freenode((q+1)) :: else fi
     :: else
     fi; q++
  :: else -> break
  od
}
inline bput(y, kk, vv) {                  /* private bucket: append */
  f = 0; do :: kw[LANE(y,f)] != EK -> f++ :: else -> break od;
  kw[LANE(y,f)] = kk; vw[LANE(y,f)] = vv
}
#ifdef TABLES
inline table(y, kk) { allocb(y); kw[LANE(y,0)] = (kk & 6) + 1; kw[LANE(y,1)] = (kk | 1) + 1 }
inline newb1(y) { table(y, key); vw[LANE(y,key & 1)] = val }
inline mkbucket() {
  fresh = true; table(nw, key); i = 0;
  do :: i < c -> k = tk[i] - 1; assert(k >> 1 == key >> 1); vw[LANE(nw,k & 1)] = tv[i]; i++ :: else -> break od
}
#else
inline newb1(y) { allocb(y); kw[LANE(y,0)] = key + 1; vw[LANE(y,0)] = val }
inline mkbucket() { fresh = true; allocb(nw); i = 0; do :: i < c -> bput(nw, tk[i], tv[i]); i++ :: else -> break od }
#endif
inline mkdir(more) {                      /* on the highest differing bit */
  fresh = true; allocd(nw); j = more; i = 1;
  do :: i < c -> j = j | ((tk[i] - 1) ^ (tk[0] - 1)); i++ :: else -> break od;
  j = HB(j); sh[DI(nw)] = j; have[DI(nw)] = tk[0] - 1; i = 0;
  do
  :: i < c ->
     a = S0(nw) + (((tk[i] - 1) >> j) & 1);
     if :: slot[a] == 0 -> allocb(b); slot[a] = b :: else fi;
     bput(slot[a], tk[i], tv[i]); i++
  :: else -> break
  od
}
