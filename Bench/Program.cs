using Alloc.Bench.Cli;

return new BenchCommand((_, _) => 0, _ => 0, (_, _) => 0).Run(args);
