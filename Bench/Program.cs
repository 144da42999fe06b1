using Alloc.Bench.Cli;
using Alloc.Bench.Micro;

return new BenchCommand(MainJob.Run, MicroSuite.Run).Run(args);
