using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests.Histories;

/// <summary>A table's keys as registers.</summary>
internal sealed class TableRegisters(RadixTable<ulong> table) : IRegisters
{
    public void Do(ref Call call, ulong key)
    {
        switch (call.Kind)
        {
            case CallKind.Get:
                call.Answer = table.TryGetValue(key, out call.Result);
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
            case CallKind.Update:
                call.Answer = table.TryUpdate(key, call.Argument, call.Expected);
                break;
            case CallKind.RemoveExpected:
                call.Answer = table.TryRemove(key, call.Expected);
                break;
            case CallKind.RemoveRange:
                call.Answer = table.RemoveRange(key, key) == 1;
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
}

/// <summary>Registers that look first and act then, as a careless table would: the checker has to see it.</summary>
internal sealed class CarelessRegisters(RadixTable<ulong> table) : IRegisters
{
    private readonly TableRegisters _careful = new(table);

    public void Do(ref Call call, ulong key)
    {
        if (call.Kind != CallKind.Add)
        {
            _careful.Do(ref call, key);
            return;
        }
        call.Answer = !table.ContainsKey(key);
        if (call.Answer) table[key] = call.Argument;
    }

    public void Reset(HistoryLayout layout) => _careful.Reset(layout);
}
