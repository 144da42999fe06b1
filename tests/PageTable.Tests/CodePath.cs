using System.Globalization;
using System.Text.RegularExpressions;

namespace Alloc.PageTable.Tests;

/// <summary>One way through a listing of machine code: what it executes from the entry to the return.</summary>
/// <remarks>
/// A jump on a bit that is known goes where the bit says, as often as the bit is asked for; of the other ways the shortest is taken that
/// calls nothing. What the way has to contain tells a hit from a miss.
/// </remarks>
internal sealed partial class CodePath
{
    private readonly List<string> _code;
    private readonly Dictionary<string, int> _labels = [];
    private readonly string[] _contains;
    private readonly int _loads;

    private CodePath(IEnumerable<string> listing, int loads, string[] contains)
    {
        _code = [];
        _loads = loads;
        _contains = contains;
        foreach (string line in listing)
        {
            if (Label().Match(line) is { Success: true } label) _labels[label.Groups[1].Value] = _code.Count;
            else _code.Add(line);
        }
    }

    /// <summary>The instructions of the way, in order.</summary>
    /// <param name="listing">Labels and instructions.</param>
    /// <param name="bits">For each mask that the way tests, what it finds, in turn.</param>
    /// <param name="loads">How many loads it has at least.</param>
    /// <param name="contains">Mnemonics that the way passes.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> listing, IReadOnlyDictionary<ulong, bool[]> bits, int loads, params string[] contains)
    {
        var path = new CodePath(listing, loads, contains);
        return path.Walk(0, bits.ToDictionary(bit => bit.Key, _ => 0), bits, []) ?? throw new InvalidOperationException("no such way:\n" + string.Join('\n', path._code));
    }

    public static int Loads(IEnumerable<string> instructions) =>
        instructions.Count(line => line.Contains("ptr [", StringComparison.Ordinal) && !Store().IsMatch(line) && !line.Contains("[rbp", StringComparison.Ordinal));

    private List<string>? Walk(int at, Dictionary<ulong, int> asked, IReadOnlyDictionary<ulong, bool[]> bits, List<string> passed)
    {
        while (true)
        {
            string line = _code[at++];
            if (line.StartsWith("call", StringComparison.Ordinal) || line.StartsWith("int3", StringComparison.Ordinal)) return null;
            passed.Add(line);
            if (line.StartsWith("ret", StringComparison.Ordinal))
            {
                bool isWanted = Loads(passed) >= _loads && bits.All(bit => asked[bit.Key] == bit.Value.Length) && _contains.All(word => passed.Any(p => p.StartsWith(word, StringComparison.Ordinal)));
                return isWanted ? passed : null;
            }
            Match jump = Jump().Match(line);
            if (!jump.Success) continue;
            int target = _labels[jump.Groups[2].Value];
            string kind = jump.Groups[1].Value;
            if (kind == "jmp")
            {
                at = target;
                continue;
            }
            Match test = Test().Match(passed[^2]);
            if (test.Success && kind is "je" or "jne" && bits.TryGetValue(Mask(test), out bool[]? found) && asked[Mask(test)] < found.Length)
            {
                bool isSet = found[asked[Mask(test)]++];
                if (isSet == (kind == "jne")) at = target;
                continue;
            }
            List<string>? ahead = Walk(at, new(asked), bits, [.. passed]), aside = target > at ? Walk(target, new(asked), bits, [.. passed]) : null;
            return ahead is null || aside?.Count < ahead.Count ? aside ?? ahead : ahead;
        }
    }

    private static ulong Mask(Match test) => ulong.Parse(test.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(G_M\w+_IG\d+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^(j\w+)\s+(?:SHORT )?(G_M\w+_IG\d+)$")]
    private static partial Regex Jump();

    [GeneratedRegex(@"^test\s+\w+, 0x([0-9A-Fa-f]+)$")]
    private static partial Regex Test();

    [GeneratedRegex(@"^mov\s+(?:qword|dword) ptr \[")]
    private static partial Regex Store();
}
