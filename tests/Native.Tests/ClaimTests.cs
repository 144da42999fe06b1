namespace Alloc.Native.Tests;

/// <summary>Who claims a thread's cache must not touch it while the owner is inside.</summary>
public unsafe class ClaimTests
{
    [Fact]
    public void A_claim_waits_until_the_owner_has_left()
    {
        var core = new CacheCore(ownerId: 1, Thread.CurrentThread);
        CacheState* cache = core.State;
        Assert.True(CacheState.TryEnter(cache));
        Assert.True(cache->TryClaim(CacheClaim.Swept));
        Assert.False(cache->AwaitOwner(milliseconds: 10));
        Assert.False(CacheState.TryEnter(cache)); // and who comes after the claim is turned away
        Assert.True(cache->AwaitOwner(milliseconds: 0));
        Assert.False(cache->TryClaim(CacheClaim.Swept));
        cache->EndClaim(CacheClaim.Open);
        Assert.True(CacheState.TryEnter(cache));
        CacheState.Leave(cache);
        GC.KeepAlive(core);
    }
}
