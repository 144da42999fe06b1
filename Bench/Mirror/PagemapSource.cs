namespace Alloc.Bench.Mirror;

/// <summary>Opens a process for reading, or says in words why it cannot.</summary>
internal delegate ISnapshotSource? SourceOpener(int pid, out string problem);

/// <summary>The pages of a live process: virtual page number to pagemap word.</summary>
internal sealed class PagemapSource : ISnapshotSource
{
    private readonly int _pid;
    private readonly PagemapReader _reader;

    private PagemapSource(int pid, PagemapReader reader, string name)
    {
        _pid = pid;
        _reader = reader;
        Description = $"process {pid} ({name})";
    }

    public string Description { get; }

    public string KeyMeaning => "page";

    /// <summary>Mappings seen by the last reading, and how many of them were reservations without rights, which are skipped.</summary>
    public int Regions { get; private set; }

    public int ReservationsSkipped { get; private set; }

    /// <summary>Address space of the regions that were read, and the words read for it.</summary>
    public long MappedBytes { get; private set; }

    public long WordsRead { get; private set; }

    /// <summary>True when the last reading saw at least one frame number: without CAP_SYS_ADMIN the kernel shows zeros.</summary>
    public bool SeesFrames { get; private set; }

    /// <summary>Opens a process; on failure says why in words for the user (no such system, no such process, no right).</summary>
    public static PagemapSource? TryOpen(int pid, out string problem)
    {
        if (!OperatingSystem.IsLinux())
        {
            problem = "this system has no /proc/PID/pagemap";
            return null;
        }

        PagemapReader? reader = null;
        try
        {
            var name = File.ReadAllText($"/proc/{pid}/comm").Trim();
            reader = new PagemapReader(pid);
            var source = new PagemapSource(pid, reader, name);
            // Opening may be allowed and reading refused (or maps be hidden): find out now.
            var probe = new Snapshot();
            source.Read(probe);
            if (probe.Count == 0)
            {
                reader.Dispose();
                problem = $"process {pid} shows no pages (a kernel thread, or its maps are hidden)";
                return null;
            }

            problem = "";
            return source;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reader?.Dispose();
            problem = e is DirectoryNotFoundException or FileNotFoundException
                ? $"there is no /proc/{pid}/pagemap"
                : $"reading /proc/{pid}/pagemap is refused ({e.Message.TrimEnd('.')})";
            return null;
        }
    }

    /// <summary>Reads what is there now; a process that has ended meanwhile shows nothing.</summary>
    public void Read(Snapshot into)
    {
        try
        {
            ReadRegions(into);
        }
        catch (Exception e) when (e is IOException && !Directory.Exists($"/proc/{_pid}"))
        {
            into.Clear();
        }
    }

    private void ReadRegions(Snapshot into)
    {
        into.Clear();
        Regions = ReservationsSkipped = 0;
        MappedBytes = WordsRead = 0;
        foreach (var region in MapRegion.ReadAll(_pid))
        {
            Regions++;
            if (region.IsReservationOnly)
            {
                ReservationsSkipped++;
            }
            else if (!region.IsKernelHalf)
            {
                MappedBytes += (long)(region.End - region.Start);
                WordsRead += _reader.Read(region, into);
            }
        }

        SeesFrames = false;
        foreach (var word in into.Words)
        {
            if (new PagemapWord(word).Frame != 0)
            {
                SeesFrames = true;
                break;
            }
        }
    }

    public long? KernelTableBytes() => ProcessStatus.Read(_pid, "VmPTE");

    public void Dispose() => _reader.Dispose();
}
