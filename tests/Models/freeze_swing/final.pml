/* all threads are gone: the tree must hold exactly abs[], in normal form, and nothing else may be allocated */
inline final() {
  i = 0; do :: i < NN -> mk[i] = 0; i++ :: else -> break od;
  x = slot[0]; assert(x < F); if :: x != 0 -> mk[x-1] = 1 :: else fi;
  j = 0;
  do
  :: j < ND ->
     i = NB;
     do
     :: i < NN ->
        if
        :: mk[i] == 1 ->
           mk[i] = 2; a = slot[S0(i+1)] & 127; b = slot[S0(i+1)+1] & 127;
#ifndef ANY_FORM
           assert(slot[S0(i+1)] < F && slot[S0(i+1)+1] < F);    /* a frozen directory left linked */
           assert(a != 0 && b != 0);                            /* a directory with < 2 children left */
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
        assert(c > 0)                                           /* an empty bucket left linked */
     :: else
     fi;
#endif
     i++
  :: else -> break
  od;
  k = 0;
  do
  :: k < 8 ->
     x = slot[0] & 127;
     do
     :: x > NB -> x = slot[S0(x) + ((k >> sh[DI(x)]) & 1)] & 127
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

