namespace Alloc.Bench.Mirror;

/// <summary>The files under some folders: file id to a word of length and time of the last write. For systems without pagemap.</summary>
internal sealed class FileTreeSource(params string[] folders) : ISnapshotSource
{
    private static readonly EnumerationOptions WholeTree = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    private readonly SortedDictionary<ulong, ulong> _byId = [];

    public string Description => "files under " + string.Join(", ", folders);

    public string KeyMeaning => "file";

    /// <summary>Files whose number could not be read: gone meanwhile, unreadable, or the system has none.</summary>
    public int WithoutId { get; private set; }

    public void Read(Snapshot into)
    {
        into.Clear();
        _byId.Clear();
        WithoutId = 0;
        foreach (var folder in folders)
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", WholeTree))
            {
                if (!FileIdentity.TryGet(file.FullName, out var id) || !TryGetWord(file, out var word))
                {
                    WithoutId++;
                    continue;
                }

                _byId[id] = word; // names of one file (hard links) are one entry
            }
        }

        foreach (var (id, word) in _byId)
        {
            into.Add(id, word);
        }
    }

    public long? KernelTableBytes() => null;

    public void Dispose() => _byId.Clear();

    private static bool TryGetWord(FileInfo file, out ulong word)
    {
        word = 0;
        try
        {
            // 24 bits of length, 36 of seconds since 1970: enough to see that a file changed.
            var seconds = (ulong)new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeSeconds();
            word = (((ulong)file.Length & 0xFFFFFF) << 36) | (seconds & 0xF_FFFF_FFFF);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
