namespace Alloc.Bench.Targets;

/// <summary>Every loop often enough for the compiler's last tier, and time for it to get there; the steps down a tree of several levels as well, which a few keys do not have.</summary>
internal static class TargetWarmUp
{
    private const int Rounds = 4;
    private const int PassesOfARound = 8;
    private const int KeysOfAShallowTable = 6_000;
    private const int KeysOfADeepTable = 600_000;

    /// <param name="pass">Runs all loops once, over so many keys.</param>
    public static void Run(Action<int> pass)
    {
        pass(KeysOfADeepTable);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < PassesOfARound; i++)
            {
                pass(KeysOfAShallowTable);
            }

            Thread.Sleep(200);
        }

        pass(KeysOfADeepTable);
        Thread.Sleep(200);
    }
}
