namespace Alloc.Tests;

/// <summary>Allocators of the fixtures: as usual, or hardened through <c>ALLOC_TEST_HARDENING=Guard</c> (or <c>Poison</c>, or both), so that a use after free faults.</summary>
internal static class TestMemory
{
    /// <summary>The name of a <c>Hardening</c> of Alloc.Native; not every suite knows that layer.</summary>
    public static readonly string Hardening = Environment.GetEnvironmentVariable("ALLOC_TEST_HARDENING") ?? "None";
}
