using System.Runtime.CompilerServices;
using Alloc.Torture;

// The checks of the tables at rest are shared with the test suite, which has this type from its framework.
namespace Alloc.PageTable.Tests;

internal static class Assert
{
    public static void True(bool condition, string? what = null, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition) throw new TortureException(what ?? $"not true: {text}");
    }

    public static void False(bool condition, string? what = null, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        True(!condition, what ?? $"not false: {text}");

    public static void Equal(long expected, long actual, [CallerArgumentExpression(nameof(actual))] string text = "") =>
        True(expected == actual, $"{text} is {actual}, not {expected}");

    public static void Equal(ulong expected, ulong actual, [CallerArgumentExpression(nameof(actual))] string text = "") =>
        True(expected == actual, $"{text} is {actual:x}, not {expected:x}");

    public static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> actual) => True(expected.SequenceEqual(actual), "two sequences differ");

    public static void Fail(string what) => True(false, what);
}
