"""DPO with the field's own tools: trl's DPOTrainer, on the same file of pairs.

    accelerate launch examples/train_with_trl.py --dataset_name pairs.jsonl \
        --model_name_or_path HuggingFaceTB/SmolLM2-135M-Instruct --output_dir trained \
        --use_peft --lora_r 8 --lora_alpha 16 --lora_target_modules all-linear \
        --beta 0.1 --learning_rate 3e-4 --max_steps 40 --per_device_train_batch_size 4

takes all GPUs of the machine, so many pairs a step on each; `accelerate config` asks about several
machines; --help lists what else can be said. Two processes on the CPU: torchrun --nproc-per-node 2
instead of accelerate launch. What dpo.fit says of each step is in trained/trainer_state.json.
"""

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, ModelConfig, ScriptArguments, TrlParser, get_peft_config

from pedagogy.human import read_preferences


def main():
    parser = TrlParser((ScriptArguments, DPOConfig, ModelConfig))
    gpu = torch.cuda.is_available()
    parser.set_defaults(  # as dpo.fit does it, but for half precision where there is a GPU
        use_cpu=not gpu,
        bf16=gpu,
        lr_scheduler_type="constant",
        logging_steps=1,
        report_to="none",
    )
    files, settings, model = parser.parse_args_and_config()
    tokenizer = AutoTokenizer.from_pretrained(model.model_name_or_path)
    pairs = read_preferences(files.dataset_name, tokenizer=tokenizer)
    trainer = DPOTrainer(
        AutoModelForCausalLM.from_pretrained(model.model_name_or_path, dtype=torch.float32),
        args=settings,
        train_dataset=Dataset.from_list([vars(pair) for pair in pairs]),
        processing_class=tokenizer,
        peft_config=get_peft_config(model),
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()


if __name__ == "__main__":
    main()
