namespace Alloc.Rcu;

/// <summary>
/// A callback with a context of its own, for objects whose head is all the room they have. One of these serves any number of heads.
/// </summary>
/// <remarks>The caller owns the memory, which must be native, fit into 48 bits of address, and stay valid until the last call that was deferred with it has begun.</remarks>
/// <param name="function">What to call: with the head, the context, and the bytes that were deferred (rounded as <c>Defer</c> says).</param>
/// <param name="context">Whatever the function needs beside the head.</param>
public readonly unsafe struct RcuCallback(delegate*<RcuHead*, nint, nuint, void> function, nint context)
{
    private readonly nint _function = (nint)function;
    private readonly nint _context = context;

    internal bool IsNull => _function == 0;

    internal void Call(RcuHead* head, nuint bytes) => ((delegate*<RcuHead*, nint, nuint, void>)_function)(head, _context, bytes);

    // Code and user memory lie in the lower half of the address space, so the sign tells a descriptor from a function.
    internal static delegate*<RcuHead*, void> Marked(RcuCallback* callback) => (delegate*<RcuHead*, void>)((nint)callback | nint.MinValue);

    internal static RcuCallback* Of(delegate*<RcuHead*, void> marked) => (RcuCallback*)((nint)marked & nint.MaxValue);
}
