/* all threads are gone: the tree must hold exactly abs[], in normal form, and nothing else may be allocated */
#if defined(LAZY)
#define FULL ((a != 0 || b != 0) || STANDING)
#else
#define FULL ((a != 0 && b != 0) || STANDING)
#endif
inline final() {
  restmem();
#if defined(TABLES) && !defined(SKIP_LOST_AT_BIRTH) && !defined(SKIP_LOST_BELOW) && !defined(SKIP_LOST_ABOVE) && !defined(SKIP_LOST_AT_SWING)
  assert(slot[0] == WORD(0,NODE(slot[0])));                     /* every linked word says SKIP where bits are skipped */
  i = 1; do :: i <= 2*ND -> if :: st[NB + (i-1)/2] == USED -> assert(slot[i] == WORD(i,NODE(slot[i]))) :: else fi; i++ :: else -> break od;
#endif
  i = 0; do :: i < NN -> mk[i] = 0; i++ :: else -> break od;
  x = NODE(slot[0]); assert(slot[0] < F); if :: x != 0 -> mk[x-1] = 1 :: else fi;
  j = 0;
  do
  :: j < ND ->
     i = NB;
     do
     :: i < NN ->
        if
        :: mk[i] == 1 ->
           mk[i] = 2; a = NODE(slot[S0(i+1)]); b = NODE(slot[S0(i+1)+1]);
#ifndef ANY_FORM
           assert(slot[S0(i+1)] < F && slot[S0(i+1)+1] < F);    /* a frozen directory left linked */
           assert(FULL);                                        /* a directory left with too few children */
#endif
           if :: a != 0 -> mk[a-1] = mk[a-1] + 1 :: else fi;
           if :: b != 0 -> mk[b-1] = mk[b-1] + 1 :: else fi
        :: else
        fi; i++
     :: else -> break
     od; j++
  :: else -> break
  od;
  i = 0;
  do
  :: i < NN ->
     assert((st[i] == USED) == (mk[i] > 0));                    /* leak, or freed but linked */
     assert(st[i] != RETD && (mk[i] <= 1 || (i >= NB && mk[i] == 2)));
#ifndef ANY_FORM
     if
     :: i < NB && mk[i] > 0 ->
        j = 0; c = 0;
        do
        :: j < NL ->
           assert(kw[i*NL+j] != FK && vw[i*NL+j] < F);          /* a frozen bucket left linked */
           if :: kw[i*NL+j] != EK && vw[i*NL+j] != 0 -> c++ :: else fi; j++
        :: else -> break
        od;
        assert(c > 0 || STANDING)                                           /* an empty bucket left linked */
     :: else
     fi;
#endif
     i++
  :: else -> break
  od;
  k = 0;
  do
  :: k < 8 ->
     x = NODE(slot[0]);
     do
     :: x > NB -> x = NODE(slot[S0(x) + ((k >> sh[DI(x)]) & 1)])
     :: else -> break
     od;
     a = 0;
     if
     :: x != 0 -> j = 0; do :: j < NL -> if :: kw[LANE(x,j)] == k+1 -> a = vw[LANE(x,j)] & 127; break :: else fi; j++ :: else -> break od
     :: else
     fi;
     assert(a == abs[k]);                                       /* lost or resurrected */
     k++
  :: else -> break
  od
}
