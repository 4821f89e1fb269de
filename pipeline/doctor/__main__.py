from pipeline.doctor.command import main

main()
