# Draws accuracy-resnet8-synthetic-holdout.svg; run: gnuplot accuracy-resnet8-synthetic-holdout.gp
if (!exists('out')) out = 'accuracy-resnet8-synthetic-holdout.svg'
set encoding utf8
set terminal svg size 852,480 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'synthetic-widths: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'resnet8 on synthetic, split holdout: 512 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.030240:0.498324]
set yrange [90.284:98.651]
set object rectangle from graph 0, first 94.2771 to graph 1, first 97.6116 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.075538 92.7734 90.7323 94.8145
0.134521 95.0521 91.9016 98.2026
0.217096 96.0286 94.2524 97.8049
0.453026 95.5078 93.3908 97.6248
EOD
$seeds0 << EOD
0.075538 92.7734
0.075538 92.5781
0.075538 92.9688
0.134521 96.0938
0.134521 95.1172
0.134521 93.9453
0.217096 96.2891
0.217096 96.0938
0.217096 95.7031
0.453026 95.7031
0.453026 94.9219
0.453026 95.8984
EOD
plot 96.2891 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 96.29 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'LSQ', \
     $seeds0 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' title 'each seed'
