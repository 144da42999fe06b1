using System.Diagnostics;
using System.Runtime.InteropServices;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Mirror;

/// <summary>
/// The first part of the main job: the page table of a live process in a radix table, verified; then a process that changes,
/// followed.
/// </summary>
internal sealed class MirrorJob(int? pid, bool quick, IProgressSink progress, CancellationToken stop, SourceOpener? opener = null)
{
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromMilliseconds(100);
    private readonly SourceOpener _open = opener ?? PagemapSource.TryOpen;
    private readonly List<string> _notes = [];
    private readonly List<MirrorRound> _rounds = [];
    private string? _mistake;
    private string? _countMistake;

    /// <summary>The keys of the first reading: the comparison uses them as its real set.</summary>
    public KeySet Keys { get; private set; } = KeySet.FromSorted("mirrored", [], []);

    public (MirrorFigures Figures, List<Check> Checks) Run()
    {
        progress.Begin("Mirror");
        using var used = pid is null ? new UsedMemory(quick ? 0.2 : 1) : null;
        using var source = OpenSource(pid ?? Environment.ProcessId);
        using (var mirror = new TableMirror())
        {
            var snapshot = new Snapshot();
            Follow(source, snapshot, mirror, "first");
            Keys = KeySet.FromSorted("mirrored", snapshot.Keys.ToArray(), snapshot.Words.ToArray());
            DescribeReading(source);
            progress.Report(0.2);
            Follow(source, snapshot, mirror, "again");
            Empty(mirror, snapshot.Count);
            progress.Report(0.4);
        }

        FollowAChangingChild(source is FileTreeSource);
        var figures = new MirrorFigures(source.Description, source.KeyMeaning, _notes, _rounds);
        return (figures, MakeChecks(figures));
    }

    private ISnapshotSource OpenSource(int wanted)
    {
        if (_open(wanted, out var problem) is { } pages)
        {
            return pages;
        }

        if (pid is not null && _open(Environment.ProcessId, out _) is { } own)
        {
            _notes.Add($"Process {wanted} cannot be mirrored: {problem}. This process mirrors itself instead.");
            return own;
        }

        // "shared/Microsoft.NETCore.App/10.0.x/" up to the folder of the .NET installation: some thousand files on every machine
        var folder = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        _notes.Add($"No page table could be read: {problem}. The files under {folder} are indexed by file id instead.");
        return new FileTreeSource(folder);
    }

    private void DescribeReading(ISnapshotSource source)
    {
        if (source is PagemapSource pages)
        {
            _notes.Add($"{Format.Number(pages.Regions)} mappings, "
                + $"{Format.Number(pages.ReservationsSkipped)} of them reservations without rights (skipped); "
                + $"{Format.Megabytes(pages.MappedBytes)} of address space read as {Format.Number(pages.WordsRead)} words.");
            if (!pages.SeesFrames)
            {
                _notes.Add("The kernel shows no frame numbers without CAP_SYS_ADMIN; the words keep their other bits, and the job goes on.");
            }
        }
        else if (source is FileTreeSource { WithoutId: > 0 } files)
        {
            _notes.Add($"{Format.Number(files.WithoutId)} files have no readable id and are left out.");
        }
    }

    /// <summary>One reading brought into the table and verified.</summary>
    private void Follow(ISnapshotSource source, Snapshot snapshot, TableMirror mirror, string what)
    {
        var before = mirror.Statistics.Entries;
        var clock = Stopwatch.StartNew();
        source.Read(snapshot);
        var kernel = source.KernelTableBytes();
        var read = clock.Elapsed.TotalMilliseconds;

        clock.Restart();
        var (added, updated, removed) = mirror.Apply(snapshot);
        var applied = clock.Elapsed.TotalMilliseconds;

        clock.Restart();
        _mistake ??= mirror.FindMistake(snapshot);
        var verified = clock.Elapsed.TotalMilliseconds;
        if (before + added - removed != snapshot.Count)
        {
            _countMistake ??= $"{before} entries + {added} added - {removed} removed is not the {snapshot.Count} that were read";
        }

        var statistics = mirror.Statistics;
        _rounds.Add(new MirrorRound(what, snapshot.Count, snapshot.CountSpans(9), added, updated, removed, statistics.Tables,
            statistics.TableBytes, kernel, read, applied, verified));
    }

    private void Empty(TableMirror mirror, int entries)
    {
        var (removed, after) = mirror.RemoveAll();
        if (removed != entries || after.Entries != 0 || after.PendingBytes != 0)
        {
            _countMistake ??= $"removing everything removed {removed} of {entries}, "
                + $"and left {after.Entries} entries and {after.PendingBytes} bytes pending";
        }
    }

    private void FollowAChangingChild(bool asFiles)
    {
        var folder = asFiles ? Directory.CreateTempSubdirectory("alloc-bench-") : null;
        try
        {
            using var child = folder is null ? ChildProcess.Start(ChangingChild.Command) : ChildProcess.Start(ChangingChild.Command, folder.FullName);
            child.WaitForLine(ChangingChild.ReadyLine);
            var pages = folder is null ? _open(child.Id, out _) : null;
            if (folder is null && pages is null)
            {
                _notes.Add("The page table of our own child is refused; its files are followed instead.");
                FollowAChangingChild(asFiles: true);
                return;
            }

            using ISnapshotSource source = pages is not null ? pages : new FileTreeSource(folder!.FullName);
            using var mirror = new TableMirror();
            var snapshot = new Snapshot();
            var rounds = quick ? 4 : 16;
            for (var round = 1; round <= rounds; round++)
            {
                stop.ThrowIfCancellationRequested();
                Follow(source, snapshot, mirror, $"child {round}");
                progress.Report(0.4 + (0.6 * round / rounds));
                stop.WaitHandle.WaitOne(BetweenRounds);
            }

            Empty(mirror, snapshot.Count);
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private List<Check> MakeChecks(MirrorFigures figures)
    {
        var entries = figures.Rounds.Sum(round => (long)round.Entries);
        var removed = figures.Rounds.Sum(round => round.Removed);
        var changing = figures.Rounds.Skip(2).ToList();
        var came = Format.Number(changing.Skip(1).Sum(round => round.Added + round.Removed));
        return
        [
            Check.That("Every entry that was read is found by lookup and by ordered enumeration, and its absent neighbours are not",
                _mistake is null, _mistake ?? $"{Format.Number(entries)} entries in {figures.Rounds.Count} readings"),
            Check.That("Added and removed entries add up, and removing everything leaves no entry and nothing pending",
                _countMistake is null, _countMistake ?? $"{Format.Number(removed)} entries went away and were removed as ranges"),
            changing.Any(round => round.Removed > 0) && changing.Skip(1).Any(round => round.Added > 0)
                ? new Check("The child changed while it was followed", Outcome.Passed, $"{came} entries came or went")
                : new Check("The child changed while it was followed", Outcome.Inconclusive, "no entry came or no entry went between two readings"),
        ];
    }
}
