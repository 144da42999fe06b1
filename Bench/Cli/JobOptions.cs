namespace Alloc.Bench.Cli;

/// <summary>What the user asked the main job for.</summary>
/// <param name="Pid">The process to mirror; null for this one.</param>
/// <param name="JsonFile">Where all figures go; null for nowhere.</param>
/// <param name="Quick">Smaller figures, the same checks.</param>
/// <param name="Artifacts">The folder of the report.</param>
internal sealed record JobOptions(int? Pid, string? JsonFile, bool Quick, string Artifacts);
