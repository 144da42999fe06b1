     /* merge.pml - a directory w at ps[d] and its children become one node (steps of the big d_step) */
     :: pc == MDIR ->                                            /* slot l of the directory */
        USE(w); slot[S0(w)+l] = slot[S0(w)+l] | F; l++;
        if :: l == 2 -> l = 0; MSLOTS_DONE :: else fi
     :: pc == MKID ->                                            /* lane by lane of both children: key word, then value word */
        USE(w); a = NODE(slot[S0(w) + l/(2*NL)]); i = (l % (2*NL))/2;
        if
        :: a == 0 -> l = (l/(2*NL) + 1)*2*NL
        :: a > NB -> l = 0; MGIVEUP                              /* a child has become a directory */
        :: else ->
           USE(a);
           if
           :: l % 2 == 0 -> if :: kw[LANE(a,i)] == EK -> kw[LANE(a,i)] = FK :: else fi
           :: else -> if :: kw[LANE(a,i)] != FK -> vw[LANE(a,i)] = vw[LANE(a,i)] | F :: else fi
           fi;
           l++
        fi;
        if :: pc == MKID && l == 4*NL -> l = 0; MKIDS_DONE :: else fi
     :: pc == MCOPY ->
        c = 0; i = 0;
        do
        :: i < 2*NL ->
           a = NODE(slot[S0(w) + i/NL]);
           if
           :: a > NB -> c = NL + 1; break                        /* a directory by now: only where it was frozen before its slot */
           :: a != 0 && a <= NB ->
              USE(a); k = kw[LANE(a,i % NL)]; x = vw[LANE(a,i % NL)] & 127;
              if
              :: k != EK && k != FK && x != 0 -> if :: c < NL -> tk[c] = k; tv[c] = x :: else fi; c++
              :: else
              fi
           :: else
           fi; i++
        :: else -> break
        od;
        if
        :: c > NL -> MGIVEUP                                     /* does not fit */
        :: c > 0 && c <= NL && REFUSED -> MGIVEUP
        :: else -> nw = 0; if :: c > 0 -> mkbucket() :: else fi; fresh = false; pc = MSWING
        fi
     :: pc == MSWING ->
        USEP;
        if
        :: SAME(ps[d],w) ->
           slot[ps[d]] = nw; SWUNG
           a = NODE(slot[S0(w)]); b = NODE(slot[S0(w)+1]);
#ifndef MERGE_KEEPS_CHILDREN
           if :: a != 0 -> retire(a) :: else fi;
           if :: b != 0 -> retire(b) :: else fi;
#endif
           retire(w);
           done = true; pc = LEAVE
        :: else -> if :: nw != 0 -> freenode(nw) :: else fi; MGIVEUP
        fi;
        nw = 0
