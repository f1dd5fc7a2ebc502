"""Run the key process: `python -m lineproof.key_process DESCRIPTOR TERMS RECORD`."""

from lineproof.key_process.serving import main

if __name__ == "__main__":
    main()
