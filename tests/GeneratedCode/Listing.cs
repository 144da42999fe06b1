using System.Globalization;
using System.Text.RegularExpressions;

namespace Alloc.GeneratedCode.Tests;

/// <summary>The machine code of one method as objdump prints it, and the ways through it.</summary>
internal sealed partial class Listing
{
    private readonly List<(ulong Address, string Text)> _lines = [];
    private readonly Dictionary<ulong, int> _indexOf = [];

    public Listing(string objdump)
    {
        foreach (Match line in Line().Matches(objdump))
        {
            _indexOf[Number(line.Groups[1].Value)] = _lines.Count;
            _lines.Add((Number(line.Groups[1].Value), Spaces().Replace(Remark().Replace(line.Groups[2].Value, ""), " ").Trim()));
        }
    }

    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Every way from the entry to a return that calls nothing. Slow paths call; the fast ones are these.</summary>
    public List<List<string>> WaysWithoutCalls()
    {
        var ways = new List<List<string>>();
        Follow(0, [], [], ways);
        return ways;
    }

    public override string ToString() => string.Join('\n', _lines.Select(line => $"{line.Address:x}: {line.Text}"));

    private void Follow(int at, List<string> way, HashSet<int> seen, List<List<string>> ways)
    {
        while (at < _lines.Count && seen.Add(at))
        {
            string text = _lines[at].Text;
            if (Call().IsMatch(text)) return;
            way.Add(text);
            if (Return().IsMatch(text))
            {
                ways.Add(way);
                return;
            }
            Match jump = Jump().Match(text);
            if (!jump.Success)
            {
                at++;
                continue;
            }
            // A jump out of the method is a call in another dress.
            if (!_indexOf.TryGetValue(Number(jump.Groups["to"].Value), out int target)) target = _lines.Count;
            if (jump.Groups["always"].Success)
            {
                at = target;
                continue;
            }
            Follow(target, [.. way], [.. seen], ways);
            at++;
        }
    }

    private static ulong Number(string hexadecimal) => ulong.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^ *([0-9a-f]+):\t([^\n]+)", RegexOptions.Multiline)]
    private static partial Regex Line();

    // Names of targets, and what objdump adds: "# address" on x64, "// text" on Arm64, where a # before a number is part of the instruction.
    [GeneratedRegex(@"\s*(<|# |//).*")]
    private static partial Regex Remark();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^(data16 |rex\.W )*(call|bl|blr|int3|brk|ud2)\b")]
    private static partial Regex Call();

    [GeneratedRegex(@"^(ret|br)\b")]
    private static partial Regex Return();

    [GeneratedRegex(@"^(?:(?<always>jmp|b)|j\w+|b\.\w+|cbn?z [wx]\w+,|tbn?z [wx]\w+, #\w+,) (?<to>[0-9a-f]+)$")]
    private static partial Regex Jump();
}
