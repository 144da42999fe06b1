using System.Diagnostics;
using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests.Histories;

/// <summary>A table's keys as registers, and its queries of several.</summary>
internal class TableRegisters(RadixTable<ulong> table) : IRegisters
{
    protected RadixTable<ulong> Table => table;

    public virtual void Do(ref Call call, ulong key, List<KeyValuePair<ulong, ulong>> seen)
    {
        switch (call.Kind)
        {
            case CallKind.Get:
                call.Answer = table.TryGetValue(key, out call.Result);
                break;
            case CallKind.CursorGet:
                GetByCursor(ref call, key);
                break;
            case CallKind.Set:
                table[key] = call.Argument;
                break;
            case CallKind.Add:
                call.Answer = table.TryAdd(key, call.Argument);
                break;
            case CallKind.Remove:
                call.Answer = table.TryRemove(key, out call.Result);
                break;
            case CallKind.Exchange:
                call.Answer = table.Exchange(key, call.Argument, out call.Result);
                break;
            case CallKind.Plus:
                call.Result = table.Add(key, call.Argument);
                break;
            case CallKind.Update:
                call.Answer = table.TryUpdate(key, call.Argument, call.Expected);
                break;
            case CallKind.RemoveExpected:
                call.Answer = table.TryRemove(key, call.Expected);
                break;
            case CallKind.RemoveRange:
                call.Answer = table.RemoveRange(key, key) == 1;
                break;
            case CallKind.Neighbour:
                call.Answer = TryGetNeighbour(in call, out ulong found, out call.Result);
                if (call.Answer) seen.Add(new(found, call.Result));
                break;
            case CallKind.Range when call.IsUp:
                foreach (KeyValuePair<ulong, ulong> entry in table.EnumerateRange(call.First, call.Last)) seen.Add(entry);
                break;
            case CallKind.Range:
                foreach (KeyValuePair<ulong, ulong> entry in table.EnumerateRangeDescending(call.First, call.Last)) seen.Add(entry);
                break;
            case CallKind.Count:
                call.Result = (ulong)table.CountRange(call.First, call.Last);
                break;
            default:
                table.Trim();
                break;
        }
    }

    public void Reset(HistoryLayout layout)
    {
        table.Clear();
        if (layout.InLeafTables) table.PutInLeafTables(key => key, layout.Background);
        foreach (ulong key in layout.Background) table[key] = key;
    }

    // By each of the six queries that come to the same.
    private bool TryGetNeighbour(ref readonly Call call, out ulong found, out ulong value)
    {
        bool inclusive = (call.Argument & 2) == 0;
        ulong from = call.First;
        if (call.IsUp)
        {
            if (from == 0) return table.TryGetFirst(out found, out value);
            return inclusive ? table.TryGetCeiling(from, out found, out value) : table.TryGetHigher(from - 1, out found, out value);
        }
        if (from == ulong.MaxValue) return table.TryGetLast(out found, out value);
        return inclusive ? table.TryGetFloor(from, out found, out value) : table.TryGetLower(from + 1, out found, out value);
    }

    // The call begins when the cursor has its place already: what it knows of it is from before.
    private void GetByCursor(ref Call call, ulong key)
    {
        using RadixTable<ulong>.Cursor cursor = table.OpenCursor();
        cursor.MoveTo(key);
        cursor.MoveTo(key); // the second visit takes the place
        Thread.SpinWait((int)(call.Argument & 63));
        call.Began = Stopwatch.GetTimestamp();
        call.Answer = cursor.TryGetValue(key, out call.Result);
        if (!call.Answer) call.Result = Call.Absent;
    }
}

/// <summary>Registers of which one kind of call is made as a careless table would make it: the checker has to see it.</summary>
internal sealed class CarelessRegisters(RadixTable<ulong> table, CallKind careless) : TableRegisters(table)
{
    public override void Do(ref Call call, ulong key, List<KeyValuePair<ulong, ulong>> seen)
    {
        if (call.Kind != careless)
        {
            base.Do(ref call, key, seen);
            return;
        }
        switch (call.Kind)
        {
            // Looks first and acts then.
            case CallKind.Add:
                call.Answer = !Table.ContainsKey(key);
                if (call.Answer) Table[key] = call.Argument;
                break;
            case CallKind.Exchange:
                call.Answer = Table.TryGetValue(key, out call.Result);
                Table[key] = call.Argument;
                break;
            case CallKind.Plus:
                call.Result = Table.GetValueOrDefault(key) + call.Argument;
                Table[key] = call.Result;
                break;

            // Trusts what it has seen at its place before.
            case CallKind.CursorGet:
                call.Answer = Table.TryGetValue(key, out call.Result);
                Thread.SpinWait((int)(call.Argument & 63));
                call.Began = Stopwatch.GetTimestamp();
                break;

            // Where an entry has gone before it could be read, the rest of its block is passed over.
            case CallKind.Neighbour:
                base.Do(ref call, key, seen);
                if (!call.Answer || Table.ContainsKey(seen[0].Key)) break;
                call.First = seen[0].Key;
                seen.Clear();
                AskBehindBlock(ref call, key, seen);
                break;
            case CallKind.Range:
                base.Do(ref call, key, seen);
                int gone = seen.FindIndex(entry => !Table.ContainsKey(entry.Key));
                if (gone >= 0) seen.RemoveAll(entry => entry.Key >> 9 == seen[gone].Key >> 9);
                break;

            // The total less what lies outside, which has changed meanwhile.
            case CallKind.Count:
                ulong count = (ulong)Table.Count;
                if (call.First > 0) count -= (ulong)Table.CountRange(0, call.First - 1);
                if (call.Last < ulong.MaxValue) count -= (ulong)Table.CountRange(call.Last + 1, ulong.MaxValue);
                call.Result = count;
                break;
        }
    }

    private void AskBehindBlock(ref Call call, ulong key, List<KeyValuePair<ulong, ulong>> seen)
    {
        ulong asked = call.First;
        ulong border = call.IsUp ? asked | 511 : asked & ~511UL;
        call.Answer = border is not (0 or ulong.MaxValue);
        if (!call.Answer) return;
        call.First = call.IsUp ? border + 1 : border - 1;
        base.Do(ref call, key, seen);
        call.First = asked;
    }
}
