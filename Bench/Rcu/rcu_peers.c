/* The peers' timed loops, compiled on the machine that measures: with PEER_MEMB or PEER_QSBR against a flavour
   of liburcu, with PEER_CK against Concurrency Kit.
   Each loop does what the .NET loop beside it does: one load inside a section, or one deferred no-op an element. */
#include <stdint.h>

enum { STRIDE = 32 }; /* bytes from one head to the next, as on the other side */

#define _LGPL_SOURCE /* the inline fast paths: the fastest that liburcu offers */

#ifdef PEER_MEMB
#include <urcu/urcu-memb.h>

static volatile uint64_t urcu_ran;

static void urcu_nothing(struct rcu_head *head) { (void)head; }
static void urcu_count(struct rcu_head *head) { (void)head; urcu_ran++; }

void urcu_register(void) { urcu_memb_register_thread(); }
void urcu_unregister(void) { urcu_memb_unregister_thread(); }

uint64_t urcu_read_empty(uint64_t n, volatile uint64_t *value)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += *value;
    return sum;
}

uint64_t urcu_read_memb(uint64_t n, volatile uint64_t *value)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        urcu_memb_read_lock();
        sum += *value;
        urcu_memb_read_unlock();
    }
    return sum;
}

uint64_t urcu_synchronize(uint64_t n)
{
    uint64_t done = 0;
    for (; done < n; done++)
        urcu_memb_synchronize_rcu();
    return done;
}

uint64_t urcu_defer(uint64_t n, char *heads)
{
    uint64_t done = 0;
    for (; done < n; done++)
        urcu_memb_call_rcu((struct rcu_head *)(heads + done * STRIDE), urcu_nothing);
    return done;
}

void urcu_drain(void) { urcu_memb_barrier(); }

/* Untimed: how many callbacks of n have run after the barrier. */
uint64_t urcu_defer_counted(uint64_t n, char *heads)
{
    urcu_ran = 0;
    for (uint64_t i = 0; i < n; i++)
        urcu_memb_call_rcu((struct rcu_head *)(heads + i * STRIDE), urcu_count);
    urcu_memb_barrier();
    return urcu_ran;
}
#endif

#ifdef PEER_QSBR
#include <urcu/urcu-qsbr.h>

void qsbr_register(void) { urcu_qsbr_register_thread(); }
void qsbr_unregister(void) { urcu_qsbr_unregister_thread(); }

uint64_t qsbr_read(uint64_t n, volatile uint64_t *value)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        urcu_qsbr_read_lock();
        sum += *value;
        urcu_qsbr_read_unlock();
        urcu_qsbr_quiescent_state();
    }
    return sum;
}

uint64_t qsbr_read_1024(uint64_t n, volatile uint64_t *value)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        urcu_qsbr_read_lock();
        sum += *value;
        urcu_qsbr_read_unlock();
        if ((i & 1023) == 1023)
            urcu_qsbr_quiescent_state();
    }
    return sum;
}
#endif

#ifdef PEER_CK
#include <ck_epoch.h>

static ck_epoch_t ck_domain;
static ck_epoch_record_t ck_record;
static uint64_t ck_ran;

static void ck_nothing(ck_epoch_entry_t *entry) { (void)entry; }
static void ck_count(ck_epoch_entry_t *entry) { (void)entry; ck_ran++; }

void ckp_register(void)
{
    ck_epoch_init(&ck_domain);
    ck_epoch_register(&ck_domain, &ck_record, 0);
}

uint64_t ckp_read(uint64_t n, volatile uint64_t *value)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        ck_epoch_begin(&ck_record, 0);
        sum += *value;
        ck_epoch_end(&ck_record, 0);
    }
    return sum;
}

/* The push alone: nothing is reclaimed until somebody polls. */
uint64_t ckp_defer(uint64_t n, char *heads)
{
    uint64_t done = 0;
    for (; done < n; done++)
        ck_epoch_call(&ck_record, (ck_epoch_entry_t *)(heads + done * STRIDE), ck_nothing);
    return done;
}

/* With the poll that its user must make, as there is no thread behind it. */
uint64_t ckp_defer_polling(uint64_t n, char *heads)
{
    uint64_t done = 0;
    while (done < n) {
        ck_epoch_call(&ck_record, (ck_epoch_entry_t *)(heads + done * STRIDE), ck_nothing);
        if ((++done & 1023) == 0)
            ck_epoch_poll(&ck_record);
    }
    return done;
}

void ckp_drain(void) { ck_epoch_barrier(&ck_record); }

uint64_t ckp_defer_counted(uint64_t n, char *heads)
{
    ck_ran = 0;
    for (uint64_t i = 0; i < n; i++)
        ck_epoch_call(&ck_record, (ck_epoch_entry_t *)(heads + i * STRIDE), ck_count);
    ck_epoch_barrier(&ck_record);
    return ck_ran;
}
#endif
