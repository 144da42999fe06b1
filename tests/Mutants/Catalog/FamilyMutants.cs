namespace Alloc.Mutants.Catalog;

/// <summary>Bugs of a directory's replacement together with its children: merges and widenings.</summary>
internal static class FamilyMutants
{
    private const string Model = "freeze_swing -DMERGE -DS7 -DVAR=0 -DNORD ";

    private static readonly Check Merges = Check.Test("Validated.Tests", "MergeScheduleTests");

    private static readonly Check Widenings = Check.Test("Validated.Tests", "WideningScheduleTests");

    private static readonly Check Memory = Check.Test("PageTable.Tests", "With_so_many_pages_left_for_good");

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("children are not retired with their directory", "PageTable/Structure/FamilyReplacement.cs",
            "                RetireChildren(directory, ref gather);\n", "",
            Merges, Widenings, Check.Model(Model + "-DMERGE_KEEPS_CHILDREN")),
        new("children whose directory's swing is lost are not seen through", "PageTable/Structure/FamilyReplacement.cs",
            "Geometry.LastOfBlock(path.Route, bits), ref gather);", "Geometry.FirstOfBlock(path.Route, bits), ref gather);",
            Merges, Widenings, Check.Model(Model + "-DMERGE_ONE_ROUTE")),
        new("a widening holds one page for all its children", "PageTable/Structure/RadixTree.cs",
            "TryHoldSparesWithinLimits(1 + (1 << path.Parent.BitsDecided))", "TryHoldSparesWithinLimits(1)",
            Memory),
        new("a merge does without the page that it holds", "PageTable/Structure/Merge.cs",
            "return gather.TryTakeForCopy(own: true, out Page page) && ", "return gather.TryTakeForCopy(own: true, out Page page) && page.IsNull && ",
            Check.Test("Validated.Tests", "StarvedScheduleTests")) { MayHang = true },
        new("children copied while their directory's slots can change", "PageTable/Structure/FamilyReplacement.cs",
            "directory.Freeze(out _);", "",
            Merges, Check.Model(Model + "-DMERGE_UPWARDS")),
        new("children merged as they are", "PageTable/Structure/Merge.cs",
            "            Terminal.Freeze(child, ref content);\n", "            Terminal.Collect(child, 0, ulong.MaxValue, ref content);\n",
            Merges, Check.Model(Model + "-DMERGE_UNFROZEN")),
        new("children divided as they are", "PageTable/Structure/Widening.cs",
            "Terminal.Freeze(child, ref content);", "Terminal.Collect(child, 0, ulong.MaxValue, ref content);",
            Widenings),
    ];
}
