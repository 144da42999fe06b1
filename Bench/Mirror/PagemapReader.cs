using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Alloc.Bench.Mirror;

/// <summary>Reads <c>/proc/PID/pagemap</c> in blocks: one 64-bit word a page, at eight times the page's number.</summary>
internal sealed class PagemapReader(int pid) : IDisposable
{
    /// <summary>512 KiB of words: 256 MiB of address space a system call.</summary>
    private const int BlockWords = 1 << 16;

    private readonly SafeFileHandle _file = File.OpenHandle($"/proc/{pid}/pagemap", share: FileShare.ReadWrite);
    private readonly ulong[] _block = new ulong[BlockWords];

    /// <summary>Adds every present or swapped page of the region to the snapshot, and returns how many words were read for it.</summary>
    public long Read(MapRegion region, Snapshot into)
    {
        var pageSize = (ulong)Environment.SystemPageSize;
        var page = region.Start / pageSize;
        var last = region.End / pageSize;
        long words = 0;
        while (page < last)
        {
            var wanted = (int)Math.Min(last - page, BlockWords);
            var block = _block.AsSpan(0, wanted);
            var bytes = RandomAccess.Read(_file, MemoryMarshal.AsBytes(block), (long)page * sizeof(ulong));
            var got = bytes / sizeof(ulong);
            if (got == 0)
            {
                break; // the end of what this address space can map
            }

            AddEntries(block[..got], page, into);
            page += (ulong)got;
            words += got;
        }

        return words;
    }

    public void Dispose() => _file.Dispose();

    private static void AddEntries(ReadOnlySpan<ulong> words, ulong firstPage, Snapshot into)
    {
        const int Stride = 8;
        var i = 0;
        while (i < words.Length)
        {
            // Most of a large mapping was never touched: eight words are dismissed by one test.
            if (i + Stride <= words.Length)
            {
                var eight = words.Slice(i, Stride);
                if (((eight[0] | eight[1] | eight[2] | eight[3] | eight[4] | eight[5] | eight[6] | eight[7]) & PagemapWord.EntryBits) == 0)
                {
                    i += Stride;
                    continue;
                }
            }

            var end = Math.Min(i + Stride, words.Length);
            for (; i < end; i++)
            {
                if (new PagemapWord(words[i]).IsEntry)
                {
                    into.Add(firstPage + (ulong)i, words[i]);
                }
            }
        }
    }
}
