using Alloc.PageTable;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>Where threads meet: words that one thread changes (more than by a mark) and another one touches.</summary>
/// <remarks>
/// Only there does the order of accesses make a difference to answers, so only there is a switch worth trying. The marks that passes set do not count as changes,
/// but for the first of each pass, by which others see that it has begun. What is found in one execution holds for all; the search begins anew until
/// nothing is found any more. A place is a word of a chunk, or the root. (A search may also be told to take every access for one.)
/// </remarks>
internal sealed class Meetings(nuint chunkSize, bool everywhere)
{
    private const int WordsPerLine = Access.WordsPerLine;

    private readonly byte[] _touched = new byte[chunkSize / sizeof(ulong)];
    private readonly byte[] _changed = new byte[chunkSize / sizeof(ulong)];
    private readonly nuint[] _lastFrozen = new nuint[8];
    private nuint _root;

    /// <summary>Whether a place has become one since this was last set to false.</summary>
    public bool HasGrown { get; set; }

    public int Count { get; private set; }

    public void BeginWith(nuint root) => _root = root;

    /// <summary>Tells what is touched, and whether it is worth a choice.</summary>
    public Access Note(int thread, Step step, nuint location, out bool isPoint)
    {
        int place = PlaceOf(location), words = 1;
        switch (step)
        {
            case Step.Copy or Step.Swing or Step.Retire:
                // Of a node that cannot change any more, or of nothing; the compare-and-swap of a swing comes as a change of its own.
                isPoint = true;
                words = 0;
                break;
            case Step.Read when location % (WordsPerLine * sizeof(ulong)) == 0 && place != 0:
                // A look at a whole line, or at its first word: the hook does not tell which.
                isPoint = false;
                words = WordsPerLine;
                for (int i = 0; i < WordsPerLine; i++) isPoint |= Touch(thread, place + i, changes: false);
                break;
            default:
                bool beginsPass = step == Step.Freeze && location != _lastFrozen[thread] + sizeof(ulong);
                if (step == Step.Freeze) _lastFrozen[thread] = location;
                isPoint = Touch(thread, place, step == Step.Change || beginsPass);
                break;
        }
        isPoint |= everywhere;
        return new Access(thread, place, words, step is Step.Change or Step.Freeze);
    }

    // The root's line lies outside the chunks; the chunk's own first words are descriptors, so place 0 is free for it.
    private int PlaceOf(nuint location) =>
        location - _root < WordsPerLine * sizeof(ulong) ? 0 : (int)(location % chunkSize / sizeof(ulong));

    private bool Touch(int thread, int place, bool changes)
    {
        byte bit = (byte)(1 << thread);
        bool was = IsOne(place);
        _touched[place] |= bit;
        if (changes) _changed[place] |= bit;
        if (was || !IsOne(place)) return was;
        HasGrown = true;
        Count++;
        return true;
    }

    private bool IsOne(int place)
    {
        int changed = _changed[place], touched = _touched[place];
        return changed != 0 && (touched & (touched - 1)) != 0;
    }
}
