/* words.pml - sizes, words, operations and steps */
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
#if defined(MEM) && !defined(MERGE)
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
#define MRG 7                             /* merge the directory on the path to a key with its children (S7) */
#define ISREM (op == REM || op == RNG || op == TRM || op == MRG)
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
#define MDIR  18
#define MKID  19
#define MCOPY 20
#define MSWING 21
