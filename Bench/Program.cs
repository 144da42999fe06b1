using Alloc.Bench.Cli;
using Alloc.Bench.Compare;
using Alloc.Bench.Micro;

return new BenchCommand(MainJob.Run, MicroSuite.Run, MemoryChild.Run).Run(args);
