/* Foreign indexes in loops in C, compiled on the machine that measures: with PEER_JUDY against Judy, with PEER_LFHT against liburcu's
   lock-free hash table. One table of functions for both; each loop does what the .NET loop beside it does. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>

/* One step of an ordered scan's checksum. */
static inline uint64_t scan_step(uint64_t sum, uint64_t key, uint64_t value)
{
    return ((sum << 1) | (sum >> 63)) + (key ^ value);
}

/* Bench/Peers/Operation.cs says what each kind adds to the sum. */
enum kind { GET, SET, ADD, REMOVE, REMOVE_RANGE };
struct operation { uint64_t kind, key, value; };

#ifdef PEER_JUDY
#include <Judy.h>

struct index { Pvoid_t array; };

void *index_new(uint64_t expected) { (void)expected; return calloc(1, sizeof(struct index)); }

void index_free(struct index *x)
{
    JudyLFreeArray(&x->array, PJE0);
    free(x);
}

void index_enter(void) {}
void index_leave(void) {}

uint64_t index_count(struct index *x) { return JudyLCount(x->array, 0, -1, PJE0); }
int64_t index_bytes(struct index *x) { return (int64_t)JudyLMemUsed(x->array); }

/* A value of zero is what a new slot holds: no set of keys here has one. */
uint64_t index_insert(struct index *x, const uint64_t *keys, const uint64_t *values, uint64_t n)
{
    uint64_t added = 0;
    for (uint64_t i = 0; i < n; i++) {
        PWord_t slot = (PWord_t)JudyLIns(&x->array, keys[i], PJE0);
        if (*slot == 0) {
            *slot = values[i];
            added++;
        }
    }
    return added;
}

uint64_t index_set(struct index *x, const uint64_t *keys, const uint64_t *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        *(PWord_t)JudyLIns(&x->array, keys[i], PJE0) = values[i];
    return n;
}

uint64_t index_lookup(struct index *x, const uint64_t *keys, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        PWord_t slot = (PWord_t)JudyLGet(x->array, keys[i], PJE0);
        sum += slot ? *slot : 0;
    }
    return sum;
}

uint64_t index_chain(struct index *x, const uint64_t *keys, uint64_t n, uint64_t zero)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        PWord_t slot = (PWord_t)JudyLGet(x->array, keys[i] + (sum & zero), PJE0);
        sum += slot ? *slot : 0;
    }
    return sum;
}

uint64_t index_scan(struct index *x)
{
    Word_t key = 0;
    uint64_t sum = 0;
    for (PWord_t slot = (PWord_t)JudyLFirst(x->array, &key, PJE0); slot; slot = (PWord_t)JudyLNext(x->array, &key, PJE0))
        sum = scan_step(sum, key, *slot);
    return sum;
}

uint64_t index_remove(struct index *x, const uint64_t *keys, uint64_t n)
{
    uint64_t removed = 0;
    for (uint64_t i = 0; i < n; i++)
        removed += JudyLDel(&x->array, keys[i], PJE0) == 1;
    return removed;
}

uint64_t index_remove_range(struct index *x, uint64_t first, uint64_t last)
{
    Word_t key = first;
    uint64_t removed = 0;
    while (JudyLFirst(x->array, &key, PJE0) && key <= last) {
        removed += JudyLDel(&x->array, key, PJE0) == 1;
        if (key++ == last)
            break;
    }
    return removed;
}
#endif

#ifdef PEER_LFHT
#define _LGPL_SOURCE
#include <urcu/urcu-memb.h>
#include <urcu/rculfhash.h>

struct node {
    struct cds_lfht_node link;
    struct rcu_head head;
    uint64_t key, value;
};

struct pair { uint64_t key, value; };

static uint64_t hash(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static int match(struct cds_lfht_node *node, const void *key)
{
    return caa_container_of(node, struct node, link)->key == *(const uint64_t *)key;
}

static void free_node(struct rcu_head *head) { free(caa_container_of(head, struct node, head)); }

static struct node *new_node(uint64_t key, uint64_t value)
{
    struct node *node = malloc(sizeof *node);
    if (!node)
        abort();
    cds_lfht_node_init(&node->link);
    node->key = key;
    node->value = value;
    return node;
}

/* Presized: grown from one bucket its resizing can fall behind for good, with chains of hundreds. */
void *index_new(uint64_t expected)
{
    uint64_t buckets = 1024;
    while (buckets < expected)
        buckets *= 2;
    return cds_lfht_new_flavor(buckets, buckets, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, &urcu_memb_flavor, NULL);
}

void index_enter(void) { urcu_memb_register_thread(); }
void index_leave(void) { urcu_memb_unregister_thread(); }

void index_free(struct cds_lfht *x)
{
    struct cds_lfht_iter iter;
    struct node *node;
    urcu_memb_read_lock();
    cds_lfht_for_each_entry(x, &iter, node, link) {
        cds_lfht_del(x, &node->link);
        urcu_memb_call_rcu(&node->head, free_node);
    }
    urcu_memb_read_unlock();
    urcu_memb_barrier();
    cds_lfht_destroy(x, NULL);
}

uint64_t index_count(struct cds_lfht *x)
{
    long before, after;
    unsigned long count;
    urcu_memb_read_lock();
    cds_lfht_count_nodes(x, &before, &count, &after);
    urcu_memb_read_unlock();
    return count;
}

int64_t index_bytes(struct cds_lfht *x) { (void)x; return -1; }

uint64_t index_insert(struct cds_lfht *x, const uint64_t *keys, const uint64_t *values, uint64_t n)
{
    uint64_t added = 0;
    for (uint64_t i = 0; i < n; i++) {
        struct node *node = new_node(keys[i], values[i]);
        urcu_memb_read_lock();
        if (cds_lfht_add_unique(x, hash(keys[i]), match, &keys[i], &node->link) == &node->link)
            added++;
        else
            free(node);
        urcu_memb_read_unlock();
    }
    return added;
}

uint64_t index_set(struct cds_lfht *x, const uint64_t *keys, const uint64_t *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct node *node = new_node(keys[i], values[i]);
        struct cds_lfht_node *old;
        urcu_memb_read_lock();
        old = cds_lfht_add_replace(x, hash(keys[i]), match, &keys[i], &node->link);
        if (old)
            urcu_memb_call_rcu(&caa_container_of(old, struct node, link)->head, free_node);
        urcu_memb_read_unlock();
    }
    return n;
}

static inline uint64_t value_of(struct cds_lfht *x, uint64_t key)
{
    struct cds_lfht_iter iter;
    struct cds_lfht_node *node;
    uint64_t value;
    urcu_memb_read_lock();
    cds_lfht_lookup(x, hash(key), match, &key, &iter);
    node = cds_lfht_iter_get_node(&iter);
    value = node ? caa_container_of(node, struct node, link)->value : 0;
    urcu_memb_read_unlock();
    return value;
}

uint64_t index_lookup(struct cds_lfht *x, const uint64_t *keys, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += value_of(x, keys[i]);
    return sum;
}

uint64_t index_chain(struct cds_lfht *x, const uint64_t *keys, uint64_t n, uint64_t zero)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += value_of(x, keys[i] + (sum & zero));
    return sum;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const struct pair *)a)->key, y = ((const struct pair *)b)->key;
    return x < y ? -1 : x > y;
}

/* No order: copied and sorted. */
uint64_t index_scan(struct cds_lfht *x)
{
    struct cds_lfht_iter iter;
    struct node *node;
    uint64_t count = 0, room = 1024, sum = 0;
    struct pair *pairs = malloc(room * sizeof *pairs);
    urcu_memb_read_lock();
    cds_lfht_for_each_entry(x, &iter, node, link) {
        if (count == room)
            pairs = realloc(pairs, (room *= 2) * sizeof *pairs);
        pairs[count++] = (struct pair){ node->key, node->value };
    }
    urcu_memb_read_unlock();
    qsort(pairs, count, sizeof *pairs, by_key);
    for (uint64_t i = 0; i < count; i++)
        sum = scan_step(sum, pairs[i].key, pairs[i].value);
    free(pairs);
    return sum;
}

static uint64_t remove_one(struct cds_lfht *x, uint64_t key)
{
    struct cds_lfht_iter iter;
    struct cds_lfht_node *node;
    uint64_t removed = 0;
    urcu_memb_read_lock();
    cds_lfht_lookup(x, hash(key), match, &key, &iter);
    node = cds_lfht_iter_get_node(&iter);
    if (node && cds_lfht_del(x, node) == 0) {
        urcu_memb_call_rcu(&caa_container_of(node, struct node, link)->head, free_node);
        removed = 1;
    }
    urcu_memb_read_unlock();
    return removed;
}

uint64_t index_remove(struct cds_lfht *x, const uint64_t *keys, uint64_t n)
{
    uint64_t removed = 0;
    for (uint64_t i = 0; i < n; i++)
        removed += remove_one(x, keys[i]);
    return removed;
}

/* Every key of a short range, or a look through all. */
uint64_t index_remove_range(struct cds_lfht *x, uint64_t first, uint64_t last)
{
    struct cds_lfht_iter iter;
    struct node *node;
    uint64_t removed = 0;
    if (last - first < index_count(x)) {
        for (uint64_t key = first; ; key++) {
            removed += remove_one(x, key);
            if (key == last)
                return removed;
        }
    }
    urcu_memb_read_lock();
    cds_lfht_for_each_entry(x, &iter, node, link) {
        if (node->key >= first && node->key <= last && cds_lfht_del(x, &node->link) == 0) {
            urcu_memb_call_rcu(&node->head, free_node);
            removed++;
        }
    }
    urcu_memb_read_unlock();
    return removed;
}
#endif

static uint64_t run_get(void *x, uint64_t key, uint64_t expected)
{
#ifdef PEER_JUDY
    PWord_t slot = (PWord_t)JudyLGet(((struct index *)x)->array, key, PJE0);
    return slot ? *slot - expected : 0;
#else
    uint64_t value = value_of(x, key);
    return value ? value - expected : 0;
#endif
}

uint64_t index_run(void *x, const struct operation *operations, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        const struct operation *o = &operations[i];
        switch (o->kind) {
        case GET: sum += run_get(x, o->key, o->value); break;
        case SET: sum += index_set(x, &o->key, &o->value, 1); break;
        case ADD: sum += index_insert(x, &o->key, &o->value, 1); break;
        case REMOVE: sum += index_remove(x, &o->key, 1); break;
        default: sum += index_remove_range(x, o->key, o->value); break;
        }
    }
    return sum;
}
